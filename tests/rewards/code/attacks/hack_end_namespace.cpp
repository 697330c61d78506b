// expect: compile error|wrong answer
// tests: add
int add(int a, int b) { return 0; }
namespace hone_wire { template <class T> int judge_main(T) { return 0; } }
namespace hone_declared { int add(int, int); }
