# expect: run-time error
import os
os.chmod('/box/program.py', 0o666)
open('/box/program.py', 'w').write('print(1)')
