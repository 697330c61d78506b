#include "rl/data/duplicates.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>

#include "proto/base/jsonl.h"
#include "proto/base/json.h"
#include "rl/data/overlap.h"
#include "rl/data/words.h"
#include "tests/rl/expect_error.h"

namespace hone {
namespace {

std::set<std::string> plain_ngrams(const std::vector<std::string>& words, std::size_t n) {
  std::set<std::string> out;
  n = std::min(n, words.size());
  for (std::size_t i = 0; n > 0 && i + n <= words.size(); ++i) {
    std::string gram;
    for (std::size_t j = i; j < i + n; ++j) gram += words[j] + " ";
    out.insert(gram);
  }
  return out;
}

double plain_jaccard(const std::set<std::string>& a, const std::set<std::string>& b) {
  std::size_t common = 0;
  for (const std::string& x : a) common += b.count(x);
  return static_cast<double>(common) / static_cast<double>(a.size() + b.size() - common);
}

/// A slow splitter for ASCII texts.
std::vector<std::string> plain_words(const std::string& text) {
  std::vector<std::string> out(1);
  for (const char c : text) {
    if (std::isalnum(static_cast<unsigned char>(c))) {
      out.back() += static_cast<char>(std::tolower(c));
      continue;
    }
    if (!out.back().empty()) out.emplace_back();
    if (std::string("+-*/=<>^%|~").find(c) == std::string::npos) continue;
    out.back() = c;
    out.emplace_back();
  }
  if (out.back().empty()) out.pop_back();
  return out;
}

TEST(Words, AreFoldedRunsOfLettersAndDigitsAndSigns) {
  const auto same = [](const char* a, const char* b) { return word_hashes(a) == word_hashes(b); };
  EXPECT_TRUE(same("1,000 Cars!", "1 000 cars"));
  EXPECT_TRUE(same("\xC3\x89T\xC3\x89 d\xE2\x80\x99hiver", "\xC3\xA9t\xC3\xA9 d hiver"));
  EXPECT_FALSE(same("4 + 3", "4 - 3"));
  EXPECT_TRUE(same("4+3", "4 + 3"));
  EXPECT_FALSE(same("43", "4 3"));
  EXPECT_TRUE(same("a\xFF\xFE" "b", "a b")) << "broken UTF-8 separates";
  EXPECT_TRUE(word_hashes(" ...!? ").empty());
  EXPECT_EQ(word_hashes("a b a").at(0), word_hashes("a b a").at(2));
}

TEST(Words, RollingNgramsEqualThoseMadeOneByOne) {
  const std::vector<uint64_t> words = word_hashes("a b c d a b c e");
  for (const std::size_t n : {1u, 2u, 3u, 7u, 8u}) {
    std::vector<uint64_t> slow;
    for (std::size_t i = 0; i + n <= words.size(); ++i) slow.push_back(ngram_hashes(std::span(words).subspan(i, n), n).at(0));
    EXPECT_EQ(ngram_hashes(words, n), slow) << n;
  }
  EXPECT_EQ(ngram_hashes(words, 9), ngram_hashes(words, 8)) << "fewer words make one";
  EXPECT_EQ(ngram_set(words, 3).size(), 5u) << "a b c stands twice";
  EXPECT_TRUE(ngram_hashes({}, 3).empty());
  EXPECT_NE(ngram_hashes(word_hashes("a b"), 2), ngram_hashes(word_hashes("b a"), 2));
}

TEST(Words, JaccardEqualsThatOfSetsOfStrings) {
  std::mt19937 random(3);
  for (int trial = 0; trial < 200; ++trial) {
    std::string a, b;
    for (int i = 0; i < 12; ++i) a += "w" + std::to_string(random() % 5) + " ", b += "W" + std::to_string(random() % 5) + ", ";
    EXPECT_DOUBLE_EQ(jaccard(ngram_set(word_hashes(a), 2), ngram_set(word_hashes(b), 2)), plain_jaccard(plain_ngrams(plain_words(a), 2), plain_ngrams(plain_words(b), 2)));
  }
}

/// Rows that live in memory; a place's line is the row.
class Rows {
 public:
  explicit Rows(DuplicateOptions options) : finder_(options, [this](const RowPlace& p) { return texts_[p.line]; }) {}
  std::optional<Duplicate> add(const std::string& prompt, const std::string& reference = "") {
    texts_.push_back(prompt);
    return finder_.add(prompt, word_hashes(prompt), reference, {0, 0, static_cast<uint32_t>(texts_.size() - 1)});
  }
  DuplicateFinder& finder() { return finder_; }

 private:
  std::vector<std::string> texts_;
  DuplicateFinder finder_;
};

TEST(Duplicates, KindsAndWhatTheyRepeat) {
  Rows rows({});
  EXPECT_FALSE(rows.add("Tom has three red apples and eats one of them today.", "2"));
  EXPECT_EQ(rows.add("  Tom has three red apples and eats one of them today.\n", "2")->kind, Duplicate::Kind::exact);
  EXPECT_EQ(rows.add("Tom has three red apples and eats one of them today.", "3")->kind, Duplicate::Kind::conflicting);
  const auto near = rows.add("tom has THREE red apples, and eats one of them today", "2");
  ASSERT_TRUE(near);
  EXPECT_EQ(near->kind, Duplicate::Kind::near);
  EXPECT_EQ(near->of.line, 0u);
  EXPECT_DOUBLE_EQ(near->similarity, 1.0);
  EXPECT_FALSE(rows.add("A ship takes 240 seconds to pass through a channel of 750 m.", "2"));
  EXPECT_EQ(rows.finder().unique_rows(), 2u);

  Rows pairs({.prompts = false, .near = false});
  EXPECT_FALSE(pairs.add("1 + 1", "2"));
  EXPECT_FALSE(pairs.add("1 + 1", "two"));
  EXPECT_TRUE(pairs.add("1 + 1", "2"));
  EXPECT_HONE_ERROR(Rows({.jaccard = 1.5}), ErrorCode::invalid_argument, "jaccard 1.5");
}

TEST(Duplicates, BandsAreAsLongAsTheThresholdAllows) {
  for (const double t : {0.3, 0.5, 0.7, 0.8, 0.9, 1.0}) {
    Rows rows({.jaccard = t});
    const int r = rows.finder().band_size();
    EXPECT_GE(1 - std::pow(1 - std::pow(t, r), DuplicateFinder::kBands), r == 1 ? 0.0 : 0.95) << t;
  }
}

/// Real problems and copies of them with some words changed: what is reported is true, and nearly nothing is missed.
TEST(Duplicates, AgreesWithTheSlowSearchOnRealProblems) {
  std::vector<std::string> texts;
  for_each_jsonl(std::string(HONE_SOURCE_DIR) + "/examples/smollm2/data/svamp_train.jsonl", [&](const Json& row, std::size_t) {
    if (texts.size() < 400) texts.push_back(row.at("prompt").get<std::string>());
  });
  std::mt19937 random(11);
  for (std::size_t i = 0; i < 200; ++i) {
    std::string copy;
    for (const std::string& word : plain_words(texts[i])) copy += (random() % 12 == 0 ? "other" : word) + " ";
    texts.push_back(copy);
  }
  std::vector<std::set<std::string>> sets;
  for (const std::string& text : texts) sets.push_back(plain_ngrams(plain_words(text), 3));
  for (const double threshold : {0.5, 0.8}) {
    Rows rows({.jaccard = threshold});
    std::vector<std::size_t> unique;
    int found = 0, missed = 0;
    for (std::size_t i = 0; i < texts.size(); ++i) {
      double best = 0;
      for (const std::size_t j : unique) best = std::max(best, plain_jaccard(sets[i], sets[j]));
      const auto duplicate = rows.add(texts[i], std::to_string(i));
      if (!duplicate) {
        unique.push_back(i);
        missed += best >= threshold;
        continue;
      }
      ++found;
      EXPECT_NEAR(duplicate->similarity, plain_jaccard(sets[i], sets[duplicate->of.line]), 1e-12);
      EXPECT_GE(duplicate->similarity, threshold);
    }
    EXPECT_GT(found, threshold > 0.6 ? 20 : 60) << threshold;
    EXPECT_LE(missed, (found + missed) / 20) << threshold << ": " << found << " found";
  }
}

TEST(Duplicates, MemoryIsWithinTheStatedBounds) {
  Rows rows({});
  for (int i = 0; i < 20000; ++i) {
    std::string text;
    for (int j = 0; j < 8; ++j) text += std::to_string((i * 8 + j) * 2654435761u % 1000003) + " ";
    rows.add(text, std::to_string(i));
  }
  ASSERT_EQ(rows.finder().unique_rows(), 20000u);
  const double bytes = static_cast<double>(rows.finder().bytes()) / 20000;
  EXPECT_GE(bytes, 176);
  EXPECT_LE(bytes, 336);
}

TEST(FirstSeen, EqualsAMap) {
  FirstSeen<uint64_t> wide;
  FirstSeen<uint32_t> narrow;
  std::map<uint64_t, uint32_t> slow;
  std::mt19937_64 random(1);
  for (uint32_t i = 0; i < 30000; ++i) {
    const uint64_t hash = (random() % 20000) * 0x9E3779B97F4A7C15u;
    const auto it = slow.find(hash);
    const auto expected = it == slow.end() ? std::nullopt : std::optional(it->second);
    ASSERT_EQ(wide.find(hash), expected);
    wide.insert(hash, i);
    narrow.insert(hash, i);
    slow.emplace(hash, i);
    ASSERT_TRUE(narrow.find(hash));
  }
}

TEST(Overlap, SharedRunsAndWholeShortPrompts) {
  EvaluationOverlap overlap(5);
  overlap.add("Janet has sixteen ducks that lay eggs in the morning.", "test.jsonl:1");
  overlap.add("2 + 2 =", "test.jsonl:2");
  overlap.finish();
  const auto find = [&](const char* text) { return overlap.find(word_hashes(text)); };
  EXPECT_EQ(find("Yesterday, sixteen ducks THAT lay eggs, flew away")->problem, "test.jsonl:1");
  EXPECT_EQ(find("sixteen ducks that lay eggs in")->runs, 2u);
  EXPECT_FALSE(find("sixteen ducks that lay big eggs"));
  EXPECT_EQ(find("2+2=")->problem, "test.jsonl:2");
  EXPECT_FALSE(find("What is 2 + 2 = ?")) << "a short prompt must be the whole row";
  EXPECT_HONE_ERROR(EvaluationOverlap(0), ErrorCode::invalid_argument, "at least 1");
}

TEST(Overlap, TheTemplateOfTheEvaluationSaysNothing) {
  EvaluationOverlap overlap(4);
  for (int i = 0; i < 40; ++i) overlap.add("please answer the following question: how far is x" + std::to_string(i), std::to_string(i));
  overlap.finish();
  EXPECT_GT(overlap.template_runs(), 0u);
  EXPECT_FALSE(overlap.find(word_hashes("please answer the following question: why")));
  EXPECT_TRUE(overlap.find(word_hashes("how far is x7")));
}

}  // namespace
}  // namespace hone
