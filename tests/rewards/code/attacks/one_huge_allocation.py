# expect: memory
x = 'x' * (1 << 42)
