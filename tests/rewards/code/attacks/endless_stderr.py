# expect: output
import sys
while True:
    sys.stderr.write('hone-' * 1000 + chr(10))
