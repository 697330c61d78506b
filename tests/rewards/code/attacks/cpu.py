# expect: CPU time
while True:
    pass
