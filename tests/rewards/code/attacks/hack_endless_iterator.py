# expect: wrong answer|CPU time
# tests: add
def add(a, b):
    import itertools
    return itertools.count()
