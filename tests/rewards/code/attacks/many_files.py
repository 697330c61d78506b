# expect: run-time error
i = 0
while True:
    open('/tmp/hone_attack_%d' % i, 'w').close()
    i += 1
