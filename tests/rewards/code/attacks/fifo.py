# expect: wall time
import os
os.mkfifo('/tmp/hone_attack_fifo')
open('/tmp/hone_attack_fifo').read()
