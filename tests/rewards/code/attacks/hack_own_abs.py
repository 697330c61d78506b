# expect: wrong answer
# tests: approx
def abs(x):
    return 0.0

def add(a, b):
    return 99.0
