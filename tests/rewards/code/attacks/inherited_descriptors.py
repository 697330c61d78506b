# expect: run-time error
import os, sys
for fd in range(3, 1024):
    try:
        os.fstat(fd)
        sys.exit(0)
    except OSError:
        pass
sys.exit(7)
