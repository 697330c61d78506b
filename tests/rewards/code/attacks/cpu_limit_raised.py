# expect: run-time error
import resource
resource.setrlimit(resource.RLIMIT_CPU, (1000, 1000))
while True:
    pass
