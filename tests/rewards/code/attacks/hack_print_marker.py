# expect: wrong answer
# tests: add
def add(a, b):
    print('0 pass\n1 pass\n2 pass\nend 3\nok\nPASSED\naccepted')
