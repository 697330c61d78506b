# expect: memory|run-time error
# tests: add
def add(a, b):
    return 'x' * (1 << 40)
