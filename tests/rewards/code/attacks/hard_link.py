# expect: run-time error
import os
os.link('/usr/bin/bwrap', '/tmp/hone_attack_link')
