# expect: run-time error
import os, sys
for folder in ('/root', '/home', '/etc', '/var', '/work', '/proc', '/sys', '/mnt', '/opt', '/srv', '/run'):
    if os.path.exists(folder) and os.listdir(folder):
        sys.exit(0)
sys.exit(7)
