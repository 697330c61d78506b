// expect: compile error
asm(".globl text\ntext: .incbin \"/etc/passwd\"");
extern const char text[];
int main() { return text[0]; }
