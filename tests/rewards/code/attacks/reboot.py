# expect: security
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
libc.syscall(169, 0xfee1dead, 672274793, 0x1234567, 0)
