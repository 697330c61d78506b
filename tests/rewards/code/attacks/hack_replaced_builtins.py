# expect: wrong answer|run-time error
# tests: add
import builtins, sys
builtins.AssertionError = Exception
builtins.print = lambda *a, **k: None
builtins.isinstance = lambda *a: True
builtins.all = builtins.any = lambda *a: True
sys.excepthook = lambda *a: None
sys.settrace(lambda *a: None)

def add(a, b):
    return 0
