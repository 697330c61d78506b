# expect: security
import os
os.chroot('/tmp')
