// expect: run-time error|signal
// tests: add
#include <unistd.h>
int add(int a, int b) {
  for (int fd = 3; fd < 64; ++fd) (void)!write(fd, "0 pass\nend 1\n", 13);
  return 0;
}
