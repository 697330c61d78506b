# expect: run-time error
# tests: add
class Odd(BaseException):
    pass

def add(a, b):
    raise Odd()
