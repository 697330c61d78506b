# expect: wrong answer
# tests: isclose
class math:
    @staticmethod
    def isclose(*a, **k):
        return True

def add(a, b):
    return 99.0
