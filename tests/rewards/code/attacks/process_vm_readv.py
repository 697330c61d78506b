# expect: security
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
libc.process_vm_readv(1, 0, 0, 0, 0, 0)
