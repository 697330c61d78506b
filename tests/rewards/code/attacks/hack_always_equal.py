# expect: wrong answer
# tests: add
class Equal:
    def __eq__(self, other):
        return True
    __hash__ = None

def add(a, b):
    return Equal()
