# expect: run-time error
import os
os.write(0, b'x')
