# expect: run-time error
# tests: add
import os

def add(a, b):
    os._exit(0)
