# expect: memory|run-time error|wall time
import os
for _ in range(8):
    if os.fork() == 0:
        b = bytearray(60 << 20)
        while True:
            pass
b = bytearray(60 << 20)
while True:
    pass
