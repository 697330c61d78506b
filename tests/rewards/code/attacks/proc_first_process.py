# expect: run-time error
print(open('/proc/1/environ').read())
