# expect: CPU time|wall time
import os
for _ in range(3):
    os.fork()
while True:
    pass
