// expect: compile time|compile error
constexpr unsigned long f(unsigned long n) { return n < 2 ? n : f(n - 1) + f(n - 2) + (n & 1); }
constexpr unsigned long g(int k) { unsigned long s = 0; for (int i = 0; i < k; ++i) s += f(20) + i; return s; }
template <int N> struct B { static constexpr unsigned long v = g(200 + N) + B<N - 1>::v; };
template <> struct B<0> { static constexpr unsigned long v = 0; };
int main() { return B<800>::v; }
