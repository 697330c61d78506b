# expect: security
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
libc.setns(0, 0)
