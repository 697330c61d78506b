# expect: security
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
libc.syscall(155, b'/tmp', b'/tmp')
