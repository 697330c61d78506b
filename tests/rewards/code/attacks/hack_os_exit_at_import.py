# expect: run-time error
# tests: add
import os
os._exit(0)
