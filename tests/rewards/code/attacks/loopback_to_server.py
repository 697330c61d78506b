# expect: security
import socket
socket.create_connection(('127.0.0.1', int(input())), 2).send(b'GET / HTTP/1.0')
