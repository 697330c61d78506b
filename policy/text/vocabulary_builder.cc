#include "policy/text/vocabulary_builder.h"

#include <algorithm>
#include <set>

#include "policy/text/added_tokens.h"
#include "policy/text/byte_level.h"
#include "policy/text/json_node.h"
#include "policy/text/pre_tokenizer.h"
#include "policy/text/utf8.h"
#include "proto/base/error.h"
#include "proto/base/json.h"

namespace hone {
namespace {

OrderedJson byte_level() { return {{"type", "ByteLevel"}, {"add_prefix_space", false}, {"trim_offsets", true}, {"use_regex", true}}; }

OrderedJson pre_tokenizer_json(bool split_digits) {
  if (!split_digits) return byte_level();
  return {{"type", "Sequence"}, {"pretokenizers", {{{"type", "Digits"}, {"individual_digits", true}}, byte_level()}}};
}

}  // namespace

struct VocabularyBuilder::Impl {
  explicit Impl(const VocabularyRecipe& r) : recipe(r), pre_json(Json::parse(pre_tokenizer_json(r.split_digits).dump())) {
    pre_tokenizer = PreTokenizer::from_json(JsonNode(pre_json, "pre_tokenizer: "));
    for (const auto* tokens : {&recipe.special_tokens, &recipe.plain_tokens}) {
      for (const std::string& token : *tokens) {
        if (token.empty() || std::find(added.begin(), added.end(), token) != added.end())
          throw Error(ErrorCode::invalid_argument, "token \"" + token + "\": must not be empty and must be given once");
        AddedToken entry;
        entry.content = token;
        entry.id = static_cast<int32_t>(added.size());
        matcher.add(entry, token);
        added.push_back(token);
      }
    }
  }

  /// The most frequent words of more than one byte, byte-level.
  std::vector<std::string> chosen_words() const {
    std::vector<std::pair<std::string_view, int64_t>> ranked;
    for (const auto& [word, count] : counts)
      if (word.size() > 1) ranked.emplace_back(word, count);
    std::stable_sort(ranked.begin(), ranked.end(), [](const auto& a, const auto& b) { return a.second > b.second; });
    if (static_cast<int64_t>(ranked.size()) > recipe.words) ranked.resize(static_cast<std::size_t>(recipe.words));
    std::vector<std::string> out;
    for (const auto& [word, count] : ranked) out.emplace_back(word);
    return out;
  }

  VocabularyRecipe recipe;
  Json pre_json;
  PreTokenizer pre_tokenizer;
  AddedTokenMatcher matcher;
  std::vector<std::string> added;
  std::map<std::string, int64_t, std::less<>> counts;
};

VocabularyBuilder::VocabularyBuilder(const VocabularyRecipe& recipe) : impl_(std::make_unique<Impl>(recipe)) {}
VocabularyBuilder::~VocabularyBuilder() = default;

void VocabularyBuilder::add(std::string_view text) {
  const std::string valid = is_valid_utf8(text) ? std::string() : utf8_lossy(text);
  std::vector<TextPart> parts;
  impl_->matcher.split(valid.empty() ? text : std::string_view(valid), parts);
  for (const TextPart& part : parts) {
    if (part.id >= 0) continue;
    PieceList list;
    impl_->pre_tokenizer.split(part.text, list);
    for (const std::string_view piece : list.pieces) {
      const auto found = impl_->counts.find(piece);
      if (found != impl_->counts.end()) ++found->second;
      else impl_->counts.emplace(piece, 1);
    }
  }
}

std::string VocabularyBuilder::tokenizer_json() const {
  const std::vector<std::string> words = impl_->chosen_words();
  std::set<uint8_t> bytes;
  for (int b = 0; b < 256 && impl_->recipe.all_bytes; ++b) bytes.insert(static_cast<uint8_t>(b));
  const std::set<std::string_view> whole(words.begin(), words.end());
  for (const auto& [word, count] : impl_->counts)
    if (!whole.contains(word))
      for (const char c : word) bytes.insert(static_cast<uint8_t>(c));

  OrderedJson added = OrderedJson::array(), vocabulary = OrderedJson::object();
  int64_t id = 0;
  for (const std::string& token : impl_->added) {
    const bool special = id < static_cast<int64_t>(impl_->recipe.special_tokens.size());
    added.push_back({{"id", id}, {"content", token}, {"single_word", false}, {"lstrip", false}, {"rstrip", false}, {"normalized", false}, {"special", special}});
    vocabulary[token] = id++;
  }
  const auto add = [&](const std::string& symbols) {
    if (!vocabulary.contains(symbols)) vocabulary[symbols] = id++;
  };
  for (const uint8_t b : bytes) add(std::string(byte_symbol(b)));
  for (const std::string& word : words) add(to_byte_symbols(word));

  OrderedJson out;
  out["version"] = "1.0";
  out["truncation"] = nullptr;
  out["padding"] = nullptr;
  out["added_tokens"] = std::move(added);
  out["normalizer"] = nullptr;
  out["pre_tokenizer"] = pre_tokenizer_json(impl_->recipe.split_digits);
  out["post_processor"] = nullptr;
  out["decoder"] = byte_level();
  out["model"] = {{"type", "BPE"}, {"dropout", nullptr}, {"unk_token", nullptr}, {"continuing_subword_prefix", nullptr}, {"end_of_word_suffix", nullptr},
                  {"fuse_unk", false}, {"byte_fallback", false}, {"ignore_merges", true}, {"vocab", std::move(vocabulary)}, {"merges", OrderedJson::array()}};
  return out.dump(1) + "\n";
}

}  // namespace hone
