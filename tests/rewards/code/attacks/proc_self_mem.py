# expect: run-time error
f = open('/proc/self/mem', 'r+b')
f.seek(0x400000)
f.write(b'x')
