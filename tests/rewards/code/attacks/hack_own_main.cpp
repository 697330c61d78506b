// expect: wrong answer
// tests: add
#include <cstdio>
int main() { puts("0 pass"); return 0; }
int add(int a, int b) { return 0; }
