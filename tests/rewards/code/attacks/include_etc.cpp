// expect: compile error
#include "/etc/passwd"
int main() {}
