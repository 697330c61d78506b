// expect: wrong answer
// tests: add
#define NDEBUG
#define assert(x)
#define main other
#include <cassert>
int add(int a, int b) { return 0; }
