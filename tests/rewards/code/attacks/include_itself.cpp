// expect: compile error|compile time
#include __FILE__
#include __FILE__
int main() {}
