#include "policy/text/vocabulary.h"

#include "proto/base/error.h"
#include "proto/base/json.h"

namespace hone {

void Vocabulary::insert(const std::string& token, const Entry& entry, const JsonNode& node) {
  const auto index = static_cast<std::size_t>(entry.id);
  if (index >= by_id_.size()) by_id_.resize(index + 1, nullptr);
  if (by_id_[index] != nullptr) {
    node.fail(ErrorCode::invalid_argument, "id " + std::to_string(entry.id) + " is used by two tokens, " +
                                               in_quotes(by_id_[index]->first) + " and " + in_quotes(token));
  }
  by_id_[index] = &*by_token_.emplace(token, entry).first;
}

void Vocabulary::read_model(const JsonNode& vocab) {
  vocab.require_object();
  by_token_.reserve(vocab.json().size());
  for (const auto& item : vocab.json().items()) {
    const Json& value = item.value();
    if (!value.is_number_integer() || value < 0 || value >= kIdLimit) {
      JsonNode(value, vocab.path() + "[" + in_quotes(item.key()) + "]").integer(0, kIdLimit - 1);
    }
    insert(item.key(), {.id = value.get<int32_t>(), .in_model = true}, vocab);
  }
}

void Vocabulary::add_token(const std::string& token, int32_t id, bool special, const JsonNode& node) {
  const auto found = by_token_.find(token);
  if (found == by_token_.end()) {
    insert(token, {.id = id, .added = true, .special = special}, node);
    return;
  }
  Entry& entry = found->second;
  if (entry.added) node.fail(ErrorCode::invalid_argument, "the added token " + in_quotes(token) + " is listed twice");
  if (entry.id != id) {
    node.fail(ErrorCode::invalid_argument, "the added token " + in_quotes(token) + " has id " + std::to_string(id) +
                                               ", but id " + std::to_string(entry.id) + " in model.vocab");
  }
  entry.added = true;
  entry.special = special;
}

std::optional<int32_t> Vocabulary::find(std::string_view token) const {
  const auto found = by_token_.find(token);
  if (found == by_token_.end()) return std::nullopt;
  return found->second.id;
}

std::optional<int32_t> Vocabulary::find_in_model(std::string_view token) const {
  const auto found = by_token_.find(token);
  if (found == by_token_.end() || !found->second.in_model) return std::nullopt;
  return found->second.id;
}

const std::string* Vocabulary::token(int32_t id) const {
  if (id < 0 || id >= size()) return nullptr;
  const Table::value_type* entry = by_id_[static_cast<std::size_t>(id)];
  return entry != nullptr ? &entry->first : nullptr;
}

bool Vocabulary::is_special(int32_t id) const {
  return contains(id) && by_id_[static_cast<std::size_t>(id)]->second.special;
}

}  // namespace hone
