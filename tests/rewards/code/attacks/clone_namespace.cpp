// expect: security
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>
int main() { return syscall(SYS_clone, CLONE_NEWUSER | CLONE_NEWNS | 17, 0, 0, 0, 0); }
