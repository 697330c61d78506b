# expect: output
while True:
    print('hone-' * 1000)
