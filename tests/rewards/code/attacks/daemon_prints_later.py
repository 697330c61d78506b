# expect: wrong answer
import os, sys, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        time.sleep(1)
        print('hone-expected', flush=True)
    os._exit(0)
sys.exit(0)
