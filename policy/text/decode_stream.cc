#include <cstddef>
#include <utility>

#include "policy/text/utf8.h"
#include "policy/tokenizer.h"
#include "proto/base/error.h"

namespace hone {

std::optional<std::string> DecodeStream::step(int32_t id) {
  // Nothing handed out so far and earlier ids decode to whole characters: they were special tokens, left out.
  if (prefix_.empty() && !ids_.empty()) {
    std::string pending = tokenizer_.decode(ids_, skip_special_);
    if (!pending.ends_with(kReplacementCharacter)) {
      prefix_ = std::move(pending);
      prefix_index_ = ids_.size();
    }
  }
  ids_.push_back(id);
  const std::string text = tokenizer_.decode(ids_, skip_special_);
  if (text.size() <= prefix_.size() || text.ends_with(kReplacementCharacter)) return std::nullopt;
  HONE_CHECK(text.starts_with(prefix_), "the text of a token changed what came before it");
  std::string chunk = text.substr(prefix_.size());
  // The ids of this chunk stay: the next one is decoded after them.
  const std::size_t kept = ids_.size() - prefix_index_;
  ids_.erase(ids_.begin(), ids_.begin() + static_cast<std::ptrdiff_t>(prefix_index_));
  prefix_ = tokenizer_.decode(ids_, skip_special_);
  prefix_index_ = kept;
  return chunk;
}

}  // namespace hone
