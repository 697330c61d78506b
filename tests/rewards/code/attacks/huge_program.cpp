// expect: compile error|compile time
char room[1 << 30] = {1};
int main() { return room[0]; }
