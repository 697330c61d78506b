# expect: CPU time
# tests: add
def add(a, b):
    while True:
        pass
