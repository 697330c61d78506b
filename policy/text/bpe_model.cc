#include "policy/text/bpe_model.h"

#include <cstddef>
#include <string>
#include <utility>

#include "policy/text/byte_level.h"
#include "policy/text/utf8.h"
#include "proto/base/error.h"
#include "proto/base/json.h"

namespace hone {
namespace {

JsonNode element(const JsonNode& array, std::size_t index) {
  return {array.json()[index], array.path() + "[" + std::to_string(index) + "]"};
}

// The two parts of a merge, "a b" or ["a", "b"]; they point into the document.
std::pair<std::string_view, std::string_view> merge_parts(const JsonNode& merges, std::size_t index) {
  const Json& merge = merges.json()[index];
  if (merge.is_array() && merge.size() == 2 && merge[0].is_string() && merge[1].is_string()) {
    return {merge[0].get_ref<const std::string&>(), merge[1].get_ref<const std::string&>()};
  }
  if (merge.is_string()) {
    const std::string_view text = merge.get_ref<const std::string&>();
    const std::size_t blank = text.find(' ');
    if (blank != std::string_view::npos && text.find(' ', blank + 1) == std::string_view::npos) {
      return {text.substr(0, blank), text.substr(blank + 1)};
    }
  }
  element(merges, index).fail(ErrorCode::invalid_argument, "expected two tokens as \"a b\" or [\"a\", \"b\"]");
}

bool is_version_line(const Json& merge) {
  return merge.is_string() && merge.get_ref<const std::string&>().starts_with("#version");
}

}  // namespace

BpeModel::BpeModel(const JsonNode& model, const Vocabulary& vocabulary, bool byte_level)
    : vocabulary_(vocabulary), byte_level_(byte_level), cache_(std::make_unique<WordCache>()) {
  read_options(model);
  for (std::size_t byte = 0; byte < byte_ids_.size(); ++byte) {
    byte_ids_[byte] = vocabulary_.find_in_model(byte_symbol(static_cast<uint8_t>(byte))).value_or(-1);
  }
  if (const std::optional<JsonNode> merges = model.find("merges")) read_merges(*merges);
}

void BpeModel::read_options(const JsonNode& model) {
  if (model.flag_or("byte_fallback", false)) model.fail_unsupported("byte_fallback true", "false");
  if (const std::optional<JsonNode> dropout = model.find("dropout")) {
    if (!dropout->json().is_number()) dropout->fail_type("a number");
    if (dropout->json().get<double>() != 0.0) dropout->fail_unsupported("a dropout other than 0", "null, 0");
  }
  for (const char* affix : {"continuing_subword_prefix", "end_of_word_suffix"}) {
    if (!model.text_or(affix, "").empty()) model.at(affix).fail_unsupported("a subword affix", "null, \"\"");
  }
  ignore_merges_ = model.flag_or("ignore_merges", false);
  fuse_unk_ = model.flag_or("fuse_unk", false);
  if (const std::optional<JsonNode> unk = model.find("unk_token")) {
    const std::optional<int32_t> id = vocabulary_.find(unk->text());
    if (!id)
      unk->fail(ErrorCode::invalid_argument, "the token " + in_quotes(unk->text()) + " is not in the vocabulary");
    unk_id_ = *id;
  }
}

void BpeModel::read_merges(const JsonNode& merges) {
  if (!merges.json().is_array()) merges.fail_type("an array");
  const std::size_t count = merges.json().size();
  merges_ = MergeTable(count);
  std::string merged;
  for (std::size_t i = 0; i < count; ++i) {
    if (is_version_line(merges.json()[i])) continue;
    const auto [left, right] = merge_parts(merges, i);
    merged.assign(left).append(right);
    const auto id_of = [&](std::string_view token) {
      const std::optional<int32_t> id = vocabulary_.find_in_model(token);
      if (!id)
        element(merges, i).fail(ErrorCode::invalid_argument,
                                "the token " + in_quotes(token) + " is not in model.vocab");
      return *id;
    };
    const int32_t left_id = id_of(left);
    const int32_t right_id = id_of(right);
    merges_.insert(left_id, right_id, {static_cast<uint32_t>(i), id_of(merged)});
  }
}

std::vector<int32_t> BpeModel::first_symbols(std::string_view word) const {
  std::vector<int32_t> symbols;
  symbols.reserve(word.size());
  bool after_unknown = false;
  for (std::size_t i = 0; i < word.size();) {
    // An unknown byte-level symbol stands for one byte, any other for one character.
    const std::size_t length = byte_level_ ? 1 : utf8_step(word.substr(i)).length;
    const int32_t id = byte_level_ ? byte_ids_[static_cast<uint8_t>(word[i])]
                                   : vocabulary_.find_in_model(word.substr(i, length)).value_or(-1);
    i += length;
    if (id >= 0) {
      symbols.push_back(id);
    } else if (unk_id_ >= 0 && !(fuse_unk_ && after_unknown)) {
      symbols.push_back(unk_id_);
    }
    after_unknown = id < 0;
  }
  return symbols;
}

std::vector<int32_t> BpeModel::encode_uncached(std::string_view word) const {
  if (ignore_merges_) {
    const std::optional<int32_t> id =
        byte_level_ ? vocabulary_.find_in_model(to_byte_symbols(word)) : vocabulary_.find_in_model(word);
    if (id) return {*id};
  }
  std::vector<int32_t> symbols = first_symbols(word);
  apply_merges(merges_, symbols);
  return symbols;
}

void BpeModel::encode(std::string_view word, std::vector<int32_t>& out) const {
  const bool cacheable = word.size() <= WordCache::kLongestWord;
  if (cacheable && cache_->find(word, out)) return;
  std::vector<int32_t> ids = encode_uncached(word);
  out.insert(out.end(), ids.begin(), ids.end());
  if (cacheable) cache_->insert(word, std::move(ids));
}

}  // namespace hone
