# expect: wrong answer|run-time error
# tests: add
import os, threading, time

def late():
    time.sleep(0.2)
    os.write(3, b'9\nt3\nNNN')

threading.Thread(target=late).start()

def add(a, b):
    return 0
