# expect: wrong answer|run-time error
# tests: add
import sys
main = sys.modules['__main__']
send = main.Channel.send
def lie(self, data):
    send(self, main.Encoder(lambda o: 0, lambda o: None).encode(('value', True, None)))
main.Channel.send = lie

def add(a, b):
    return 0
