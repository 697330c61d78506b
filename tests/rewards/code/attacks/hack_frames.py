# expect: wrong answer
# tests: add
import sys

def add(a, b):
    frame = sys._getframe()
    while frame:
        for value in list(frame.f_locals.values()) + list(frame.f_globals.values()):
            if isinstance(value, str) and 'assert add' in value:
                return int(value.split('==')[1])
        frame = frame.f_back
    return 0
