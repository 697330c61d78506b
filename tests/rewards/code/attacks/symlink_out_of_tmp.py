# expect: run-time error
import os
os.symlink('/usr/lib/hone_attack', '/tmp/hone_attack_link')
open('/tmp/hone_attack_link', 'w').write('x')
