// Values between the judge and the program under test, for C++17 tests. Both programs are compiled with this text; they
// run as two processes. A value crosses by its content; neither side ever sees the other's memory.
//
//   value = integers "i123;"  floats "dHEX;"  strings "sSIZE:BYTES"  sequences "lCOUNT:value*"
//           hash containers "hBUCKETS:COUNT:value*", last first  optional "o0" | "o1value"
//           std::any / boost::any: a type letter, then the value
//   call = one value an argument;  answer = the result, then every argument that the function could change
//   frame = 8 bytes size, then the bytes
#pragma once
#include <bits/stdc++.h>
#include <unistd.h>

namespace hone_wire {

struct Gone : std::exception {
  const char* what() const noexcept override { return "the program under test is gone"; }
};

constexpr std::size_t kMaxFrame = std::size_t(1) << 26;
constexpr std::size_t kMaxBuckets = std::size_t(1) << 20;

inline void write_all(int fd, const char* data, std::size_t size) {
  while (size > 0) {
    const ssize_t n = ::write(fd, data, size);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) throw Gone();
    data += n;
    size -= std::size_t(n);
  }
}

inline void read_all(int fd, char* data, std::size_t size) {
  while (size > 0) {
    const ssize_t n = ::read(fd, data, size);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) throw Gone();
    data += n;
    size -= std::size_t(n);
  }
}

inline void send_frame(int fd, const std::string& bytes) {
  const std::uint64_t size = bytes.size();
  write_all(fd, reinterpret_cast<const char*>(&size), sizeof size);
  write_all(fd, bytes.data(), bytes.size());
}

inline std::string receive_frame(int fd) {
  std::uint64_t size = 0;
  read_all(fd, reinterpret_cast<char*>(&size), sizeof size);
  if (size > kMaxFrame) throw Gone();
  std::string bytes(size, '\0');
  read_all(fd, &bytes[0], bytes.size());
  return bytes;
}

/// Reads what may come from a hostile program: every count is checked against the bytes that are there.
struct Reader {
  const std::string& bytes;
  std::size_t at = 0;

  char next() {
    if (at >= bytes.size()) throw Gone();
    return bytes[at++];
  }
  void expect(char c) {
    if (next() != c) throw Gone();
  }
  std::string until(char end) {
    const std::size_t stop = bytes.find(end, at);
    if (stop == std::string::npos || stop - at > 64) throw Gone();
    std::string text = bytes.substr(at, stop - at);
    at = stop + 1;
    return text;
  }
  std::size_t number() {
    const std::string t = until(':');
    return t.empty() || t.size() > 9 || t.find_first_not_of("0123456789") != std::string::npos ? throw Gone() : std::stoul(t);
  }
  std::size_t count() {
    const std::size_t n = number();
    return n > bytes.size() - at ? throw Gone() : n;
  }
};

template <class T, class = void>
struct Value;  // no definition: this type cannot be passed between the two programs

template <class T>
void put(std::string& out, const T& value) {
  Value<T>::put(out, value);
}
template <class T>
T get(Reader& in) {
  return Value<T>::get(in);
}

template <class T>
struct Value<T, std::enable_if_t<std::is_integral_v<T> || std::is_enum_v<T>>> {
  static void put(std::string& out, T value) {
    if constexpr (std::is_same_v<T, bool>) out += value ? "i1;" : "i0;";
    else out += "i" + std::to_string(static_cast<long long>(value)) + ";";
  }
  static T get(Reader& in) {
    const char tag = in.next();
    const std::string text = in.until(';');
    if (tag == 'd') return static_cast<T>(std::strtold(text.c_str(), nullptr));
    if (tag != 'i') throw Gone();
    return static_cast<T>(std::strtoll(text.c_str(), nullptr, 10));
  }
};

template <class T>
struct Value<T, std::enable_if_t<std::is_floating_point_v<T>>> {
  static void put(std::string& out, T value) {
    char text[64];
    std::snprintf(text, sizeof text, "d%La;", static_cast<long double>(value));
    out += text;
  }
  static T get(Reader& in) {
    const char tag = in.next();
    if (tag != 'd' && tag != 'i') throw Gone();
    return static_cast<T>(std::strtold(in.until(';').c_str(), nullptr));
  }
};

template <>
struct Value<std::string> {
  static void put(std::string& out, const std::string& value) { out += "s" + std::to_string(value.size()) + ":" + value; }
  static std::string get(Reader& in) {
    in.expect('s');
    const std::size_t n = in.count();
    in.at += n;
    return in.bytes.substr(in.at - n, n);
  }
};

template <class Sequence>
struct SequenceValue {
  using Item = typename Sequence::value_type;
  static void put(std::string& out, const Sequence& values) {
    out += "l" + std::to_string(std::distance(values.begin(), values.end())) + ":";
    for (const auto& item : values) Value<Item>::put(out, item);
  }
  static Sequence get(Reader& in) {
    in.expect('l');
    Sequence values;
    for (std::size_t n = in.count(); n > 0; --n) values.insert(values.end(), Value<Item>::get(in));
    return values;
  }
};

/// Hash containers keep their order of iteration, which test data may rest on: a new element goes to the front, in its bucket
/// and among buckets, so they are rebuilt from the last one on with the same number of buckets.
template <class Hashed>
struct HashedValue {
  using Item = typename Hashed::value_type;
  static void put(std::string& out, const Hashed& values) {
    out += "h" + std::to_string(values.bucket_count()) + ":" + std::to_string(values.size()) + ":";
    std::vector<const Item*> items;
    for (const auto& item : values) items.push_back(&item);
    for (auto item = items.rbegin(); item != items.rend(); ++item) Value<Item>::put(out, **item);
  }
  static Hashed get(Reader& in) {
    in.expect('h');
    Hashed values(std::min(in.number(), kMaxBuckets));
    for (std::size_t n = in.count(); n > 0; --n) values.insert(Value<Item>::get(in));
    return values;
  }
};

template <class A, class B>
struct Value<std::pair<A, B>> {
  static void put(std::string& out, const std::pair<A, B>& value) {
    Value<std::decay_t<A>>::put(out, value.first);
    Value<std::decay_t<B>>::put(out, value.second);
  }
  static std::pair<A, B> get(Reader& in) {
    auto first = Value<std::remove_const_t<A>>::get(in);
    auto second = Value<B>::get(in);
    return {std::move(first), std::move(second)};
  }
};

template <class... T>
struct Value<std::tuple<T...>> {
  static void put(std::string& out, const std::tuple<T...>& v) { std::apply([&](const T&... x) { (Value<T>::put(out, x), ...); }, v); }
  static std::tuple<T...> get(Reader& in) { return std::tuple<T...>{Value<T>::get(in)...}; }
};

template <class T>
struct Value<std::optional<T>> {
  static void put(std::string& out, const std::optional<T>& value) {
    out += value ? "o1" : "o0";
    if (value) Value<T>::put(out, *value);
  }
  static std::optional<T> get(Reader& in) {
    in.expect('o');
    if (in.next() == '0') return std::nullopt;
    return Value<T>::get(in);
  }
};

template <class T, std::size_t N>
struct Value<std::array<T, N>> {
  static void put(std::string& out, const std::array<T, N>& values) {
    for (const T& item : values) Value<T>::put(out, item);
  }
  static std::array<T, N> get(Reader& in) {
    std::array<T, N> values{};
    for (T& item : values) item = Value<T>::get(in);
    return values;
  }
};

template <class T, class A> struct Value<std::vector<T, A>> : SequenceValue<std::vector<T, A>> {};
template <class T, class A> struct Value<std::list<T, A>> : SequenceValue<std::list<T, A>> {};
template <class T, class A> struct Value<std::deque<T, A>> : SequenceValue<std::deque<T, A>> {};
template <class T, class C, class A> struct Value<std::set<T, C, A>> : SequenceValue<std::set<T, C, A>> {};
template <class T, class C, class A> struct Value<std::multiset<T, C, A>> : SequenceValue<std::multiset<T, C, A>> {};
template <class T, class H, class E, class A> struct Value<std::unordered_set<T, H, E, A>> : HashedValue<std::unordered_set<T, H, E, A>> {};
template <class T, class H, class E, class A> struct Value<std::unordered_multiset<T, H, E, A>> : HashedValue<std::unordered_multiset<T, H, E, A>> {};
template <class K, class V, class C, class A> struct Value<std::map<K, V, C, A>> : SequenceValue<std::map<K, V, C, A>> {};
template <class K, class V, class C, class A> struct Value<std::multimap<K, V, C, A>> : SequenceValue<std::multimap<K, V, C, A>> {};
template <class K, class V, class H, class E, class A> struct Value<std::unordered_map<K, V, H, E, A>> : HashedValue<std::unordered_map<K, V, H, E, A>> {};

using std::any_cast;

/// std::any and boost::any with the types that test data use.
template <class Any>
struct AnyValue {
  template <class T>
  static bool put_if(std::string& out, const Any& value, char letter) {
    if (value.type() != typeid(T)) return false;
    out += letter;
    hone_wire::put(out, any_cast<T>(value));
    return true;
  }
  static void put(std::string& out, const Any& value) {
    if (put_if<int>(out, value, 'I') || put_if<long>(out, value, 'L') || put_if<long long>(out, value, 'Q') ||
        put_if<unsigned>(out, value, 'U') || put_if<double>(out, value, 'D') || put_if<float>(out, value, 'F') ||
        put_if<bool>(out, value, 'B') || put_if<char>(out, value, 'C') || put_if<std::string>(out, value, 'S') ||
        put_if<std::vector<int>>(out, value, 'V') || put_if<std::vector<std::string>>(out, value, 'W'))
      return;
    out += 'N';  // empty, or of a type that stays on its side
  }
  static Any get(Reader& in) {
    switch (in.next()) {
      case 'I': return hone_wire::get<int>(in);
      case 'L': return hone_wire::get<long>(in);
      case 'Q': return hone_wire::get<long long>(in);
      case 'U': return hone_wire::get<unsigned>(in);
      case 'D': return hone_wire::get<double>(in);
      case 'F': return hone_wire::get<float>(in);
      case 'B': return hone_wire::get<bool>(in);
      case 'C': return hone_wire::get<char>(in);
      case 'S': return hone_wire::get<std::string>(in);
      case 'V': return hone_wire::get<std::vector<int>>(in);
      case 'W': return hone_wire::get<std::vector<std::string>>(in);
      default: return Any();
    }
  }
};
template <> struct Value<std::any> : AnyValue<std::any> {};

template <class T>
inline constexpr bool kChangeable = std::is_lvalue_reference_v<T> && !std::is_const_v<std::remove_reference_t<T>>;

inline const std::string kThrew = "the function under test threw: ";
inline int calls = 0;  // of the candidate, by the tests

/// In the tests: stands for the candidate's function.
template <class F>
struct Remote;
template <class R, class... A>
struct Remote<R (*)(A...)> {
  int fd;
  R operator()(A... arguments) const {
    ++calls;
    std::string request;
    (put<std::decay_t<A>>(request, arguments), ...);
    send_frame(fd, request);
    const std::string answer = receive_frame(fd);
    Reader in{answer};
    if (in.next() == 'x') throw std::runtime_error(kThrew + in.bytes.substr(1, 200));
    if constexpr (std::is_void_v<R>) {
      (take_back<A>(in, arguments), ...);
    } else {
      std::decay_t<R> result = get<std::decay_t<R>>(in);
      (take_back<A>(in, arguments), ...);
      if constexpr (std::is_lvalue_reference_v<R>) {
        static std::deque<std::decay_t<R>> kept;
        kept.push_back(std::move(result));
        return kept.back();
      } else {
        return result;
      }
    }
  }

 private:
  template <class T, class V>
  static void take_back(Reader& in, V& argument) {
    if constexpr (kChangeable<T>) argument = get<std::decay_t<T>>(in);
  }
};

/// Runs `work` `bytes` deeper in the stack: the function under test a little below its server, the server's own work far below, so that a
/// call finds what the one before left, as in one program. There are reference solutions that read variables which they never set.
template <std::size_t bytes, class Work>
__attribute__((noinline)) auto deeper(Work work) {
  volatile char gap[bytes];
  static_cast<void>(gap);
  return work();
}
constexpr std::size_t kCall = std::size_t(1) << 13, kOwnWork = std::size_t(1) << 18;

/// The stack as a new program's, also where starting this one has used it.
__attribute__((noinline)) inline void clear_stack_below() {
  volatile char below[kOwnWork];
  for (std::size_t i = 0; i < sizeof below; ++i) below[i] = 0;
}

/// In the candidate's program: answers calls until the judge hangs up.
template <class F>
struct Server;
template <class R, class... A>
struct Server<R (*)(A...)> {
  using Arguments = std::tuple<std::decay_t<A>...>;

  template <class Call>
  static void serve(int fd, Call call) {
    std::string answer;
    clear_stack_below();
    for (;;) {
      Arguments arguments = deeper<kOwnWork>([&] {
        answer = "v";
        const std::string request = receive_frame(fd);
        Reader in{request};
        return Arguments{get<std::decay_t<A>>(in)...};
      });
      try {
        std::apply([&](std::decay_t<A>&... a) { answer_one(answer, call, a...); }, arguments);
      } catch (const Gone&) {
        throw;
      } catch (const std::exception& e) {
        answer = std::string("x") + e.what();
      } catch (...) {
        answer = "xsomething that is no std::exception";
      }
      deeper<kOwnWork>([&] { send_frame(fd, answer); });
    }
  }

 private:
  template <class Call>
  static void answer_one(std::string& answer, Call& call, std::decay_t<A>&... a) {
    if constexpr (std::is_void_v<R>) {
      deeper<kCall>([&] { call(static_cast<A>(a)...); });
      deeper<kOwnWork>([&] { (give_back<A>(answer, a), ...); });
    } else {
      std::decay_t<R> result = deeper<kCall>([&] { return static_cast<std::decay_t<R>>(call(static_cast<A>(a)...)); });
      deeper<kOwnWork>([&] {
        put<std::decay_t<R>>(answer, result);
        (give_back<A>(answer, a), ...);
      });
    }
  }
  template <class T, class V>
  static void give_back(std::string& answer, const V& argument) {
    if constexpr (kChangeable<T>) put<std::decay_t<T>>(answer, argument);
  }
};

/// In the tests' program: reports over the private pipe. The token comes over another descriptor that only the judge has.
inline int judge_main(int (*tests)(int, char**)) {
  std::string token, verdict = "0 pass";
  char c = 0;
  while (::read(5, &c, 1) == 1) token += c;
  ::close(5);
  try {
    char name[] = "tests";
    char* argv[] = {name, nullptr};
    const int code = tests(1, argv);
    if (code != 0) verdict = "0 wrong the tests returned " + std::to_string(code);
  } catch (const Gone& e) {
    verdict = std::string("0 gone ") + e.what();
  } catch (const std::exception& e) {
    const std::string what = e.what();
    verdict = (what.compare(0, kThrew.size(), kThrew) == 0 ? "0 error " : "0 wrong ") + what.substr(0, 300);
  }
  std::replace(verdict.begin(), verdict.end(), '\n', ' ');
  if (verdict == "0 pass" && calls == 0) verdict += "\n" + token + " unused";  // no test at all
  const std::string report = token + " " + verdict + "\n" + token + " end 1\n";
  write_all(4, report.data(), report.size());
  std::cout.flush();
  ::_exit(0);
}

}  // namespace hone_wire
