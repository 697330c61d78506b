# expect: security
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
libc.syscall(248, b'user', b'hone', b'x', 1, -3)
