// expect: run-time error
// tests: add
#include <unistd.h>
struct First { First() { _exit(0); } } first;
int add(int a, int b) { return 0; }
