# expect: run-time error
import os, sys
strange = os.listdir('/tmp') + [n for n in os.listdir('/box') if n not in ('hone-jail', 'program.py')]
sys.exit(0 if strange else 7)
