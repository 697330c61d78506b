# expect: run-time error
import os
os.symlink('/etc/shadow', '/tmp/hone_attack_link')
print(open('/tmp/hone_attack_link').read())
