// expect: compile error|compile time
#include "/dev/zero"
int main() {}
