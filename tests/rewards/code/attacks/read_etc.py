# expect: run-time error
print(open('/etc/passwd').read())
