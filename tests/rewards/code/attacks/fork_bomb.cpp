// expect: CPU time|wall time
#include <unistd.h>
int main() { for (;;) fork(); }
