# expect: run-time error
import os
os.memfd_create('hone_attack')
