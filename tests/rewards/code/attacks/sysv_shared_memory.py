# expect: run-time error
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
if libc.shmget(0x686f6e65, 1 << 20, 0o1666) < 0:
    raise OSError('shmget')
