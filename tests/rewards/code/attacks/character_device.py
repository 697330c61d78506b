# expect: security
import os, stat
os.mknod('/tmp/hone_attack_mem', stat.S_IFCHR | 0o600, os.makedev(1, 1))
