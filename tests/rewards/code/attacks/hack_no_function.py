# expect: run-time error
# tests: add
x = 1
