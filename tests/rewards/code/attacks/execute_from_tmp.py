# expect: run-time error
import os
open('/tmp/hone_attack', 'w').write('#!/bin/sh\necho x')
os.chmod('/tmp/hone_attack', 0o755)
os.execv('/tmp/hone_attack', ['x'])
