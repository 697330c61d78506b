# expect: run-time error
import os
while True:
    os.mkdir('hone_attack')
    os.chdir('hone_attack')
