#include "rl/data/words.h"

#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <string>

#include "proto/base/digest.h"

namespace hone {
namespace {

constexpr uint64_t kBase = 0x9E3779B97F4A7C15u;  // odd: multiplication by it loses nothing

/// Spreads a sum of products over all bits.
uint64_t mixed(uint64_t h) {
  h = (h ^ (h >> 31)) * 0xBF58476D1CE4E5B9u;
  return h ^ (h >> 29);
}

bool is_sign(UChar32 c) {
  if (c == '-' || c == '*' || c == '/' || c == '^' || c == '%') return true;
  return u_charType(c) == U_MATH_SYMBOL;
}

void append_folded(std::string& word, UChar32 c) {
  if (c < 0x80) {
    word += static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
    return;
  }
  const UChar32 folded = u_foldCase(c, U_FOLD_CASE_DEFAULT);
  word.append(reinterpret_cast<const char*>(&folded), sizeof folded);
}

}  // namespace

std::vector<uint64_t> word_hashes(std::string_view text) {
  std::vector<uint64_t> out;
  std::string word;
  const auto end_word = [&] {
    if (!word.empty()) out.push_back(digest64(word));
    word.clear();
  };
  const auto* bytes = reinterpret_cast<const uint8_t*>(text.data());
  const auto size = static_cast<int64_t>(text.size());
  for (int64_t at = 0; at < size;) {
    UChar32 c = 0;
    U8_NEXT(bytes, at, size, c);
    if (c >= 0 && u_isalnum(c)) append_folded(word, c);
    else end_word();
    if (c >= 0 && is_sign(c)) out.push_back(digest64(std::string_view(reinterpret_cast<const char*>(&c), sizeof c)));
  }
  end_word();
  return out;
}

std::vector<uint64_t> ngram_hashes(std::span<const uint64_t> words, std::size_t n) {
  std::vector<uint64_t> out;
  if (words.empty()) return out;
  n = std::min(n, words.size());
  uint64_t leading = 1, sum = 0;  // kBase^(n-1); sum of word * kBase^(words behind it in the window)
  for (std::size_t i = 1; i < n; ++i) leading *= kBase;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i >= n) sum -= words[i - n] * leading;
    sum = sum * kBase + words[i];
    if (i + 1 >= n) out.push_back(mixed(sum));
  }
  return out;
}

std::vector<uint64_t> ngram_set(std::span<const uint64_t> words, std::size_t n) {
  std::vector<uint64_t> out = ngram_hashes(words, n);
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

double jaccard(std::span<const uint64_t> a, std::span<const uint64_t> b) {
  if (a.empty() && b.empty()) return 1.0;
  std::size_t common = 0;
  for (std::size_t i = 0, j = 0; i < a.size() && j < b.size();) {
    if (a[i] == b[j]) ++common, ++i, ++j;
    else if (a[i] < b[j]) ++i;
    else ++j;
  }
  return static_cast<double>(common) / static_cast<double>(a.size() + b.size() - common);
}

}  // namespace hone
