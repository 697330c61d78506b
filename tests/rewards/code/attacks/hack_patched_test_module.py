# expect: wrong answer|run-time error
# tests: add
import sys, types
for name in ('tests', 'judge', 'unittest', 'pytest', 'solution'):
    sys.modules[name] = types.ModuleType(name)
main = sys.modules['__main__']
for name in dir(main):
    if name.startswith('check') or name in ('Judge', 'attempt'):
        setattr(main, name, lambda *a, **k: None)

def add(a, b):
    return 0
