// expect: security
int main() {
  int result;
  asm volatile("int $0x80" : "=a"(result) : "a"(20) : "memory");  // getpid of i386
  return result == 0;
}
