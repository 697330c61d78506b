# expect: signal
# output: 
import os, signal
os.kill(os.getpid(), signal.SIGSEGV)
