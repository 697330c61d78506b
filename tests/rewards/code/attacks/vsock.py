# expect: security
import socket
socket.socket(40, socket.SOCK_STREAM).connect((2, 1234))
