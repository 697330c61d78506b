# expect: run-time error|output
with open('/tmp/hone_attack_big', 'wb') as f:
    while True:
        f.write(b'x' * (1 << 20))
