# expect: wrong answer
# tests: contains
class All:
    def __contains__(self, item):
        return True
    def __iter__(self):
        return iter(())

def add(a, b):
    return All()
