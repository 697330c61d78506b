# expect: wall time
import time
time.sleep(1000)
