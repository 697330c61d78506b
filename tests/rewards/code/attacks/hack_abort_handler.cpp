// expect: wrong answer
// tests: add
#include <csignal>
#include <unistd.h>
int hook = (std::signal(SIGABRT, [](int) { _exit(0); }), 0);
extern "C" void __assert_fail(const char*, const char*, unsigned, const char*) noexcept { _exit(0); }
int add(int a, int b) { return 0; }
