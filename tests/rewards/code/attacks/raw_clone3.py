# expect: run-time error
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
args = (ctypes.c_uint64 * 11)(0x10000000)
if libc.syscall(435, ctypes.byref(args), 88) < 0:
    raise OSError(ctypes.get_errno(), 'clone3')
