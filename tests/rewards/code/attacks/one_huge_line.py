# expect: output
import sys
sys.stdout.write('x' * (40 << 20))
