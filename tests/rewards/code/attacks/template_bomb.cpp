// expect: compile time|compile error
template <int N, int M> struct A { static constexpr int v = A<N - 1, 2 * M>::v + A<N - 1, 2 * M + 1>::v; };
template <int M> struct A<0, M> { static constexpr int v = M; };
int main() { return A<28, 0>::v; }
