# expect: wrong answer
import os, time
if os.fork() == 0:
    os.setsid()
    for fd in range(3):
        os.close(fd)
    time.sleep(30)
    open('/tmp/hone_attack_late', 'w').write('late')
print('done')
