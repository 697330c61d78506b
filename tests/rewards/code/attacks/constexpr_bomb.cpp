// expect: compile time|compile error
constexpr unsigned long sum(unsigned long s) {
  for (int i = 0; i < 200000; ++i) s = s * 31 + i;
  return s;
}
template <int N> struct Chain { static constexpr unsigned long value = sum(N) + Chain<N - 1>::value; };
template <> struct Chain<0> { static constexpr unsigned long value = 0; };
int main() { return Chain<800>::value; }
