# expect: wrong answer|run-time error
# tests: add
import os, re

def add(a, b):
    for fd in range(4, 64):
        try:
            os.lseek(fd, 0, 0)
            found = re.search(b'assert add\\(%d, %d\\) == (-?[0-9]+)' % (a, b), os.read(fd, 1 << 20))
        except OSError:
            continue
        if found:
            return int(found.group(1))
    return 0
