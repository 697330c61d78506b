# expect: security
import os, stat
os.mknod('/tmp/hone_attack_disk', stat.S_IFBLK | 0o600, os.makedev(8, 0))
