// expect: security
#include <unistd.h>
#include <sys/syscall.h>
int main() { return syscall(0x40000000 | SYS_getpid) == 0; }
