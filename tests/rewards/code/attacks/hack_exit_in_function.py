# expect: run-time error
# tests: add
def add(a, b):
    exit(0)
