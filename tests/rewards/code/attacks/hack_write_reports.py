# expect: run-time error|wrong answer
# tests: add
import os

def add(a, b):
    for fd in range(3, 64):
        try:
            os.write(fd, b'0 pass\n1 pass\n2 pass\nend 3\n')
        except OSError:
            pass
    return 0
