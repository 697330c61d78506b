# expect: run-time error
import os, sys
for folder in ('/', '/box', '/usr', '/usr/lib', '/usr/bin', '/dev', '/lib', '/bin'):
    try:
        open(folder + '/hone_attack', 'w').close()
        sys.exit(0)
    except OSError:
        pass
sys.exit(7)
