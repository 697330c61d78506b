# expect: run-time error
# tests: approx
class Zero:
    def __sub__(self, other): return 0.0
    def __rsub__(self, other): return 0.0
    def __abs__(self): return 0.0
    def __lt__(self, other): return True
    def __float__(self): return 5.0

def add(a, b):
    return Zero()
