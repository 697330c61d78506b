// expect: signal|memory
int f(int n) { volatile char room[1024]; room[0] = n; return f(n + 1) + room[0]; }
int main() { return f(0); }
