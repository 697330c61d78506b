# expect: run-time error|CPU time|wall time
import os
while True:
    os.fork()
