# expect: security
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
libc.umount2(b'/tmp', 2)
