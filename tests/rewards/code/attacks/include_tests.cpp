// expect: compile error
const char* tests =
#include "/box/tests"
;
int main() {}
