# expect: CPU time
import os
for _ in range(3):
    os.fork()
while True:
    pass
