#include "rewards/plugin/plugin_protocol.h"

#include <array>
#include <bit>
#include <charconv>

namespace hone {
namespace {

constexpr std::size_t kGroupFields = 8;       // "score" and what stands before the completions
constexpr std::size_t kCompletionFields = 3;  // in both directions
constexpr std::size_t kReplyFields = 2;
constexpr std::size_t kTokenDigits = 8;
constexpr std::size_t kScoreDigits = 16;

template <class Integer>
std::optional<Integer> number_of(std::string_view text, int base = 10) {
  Integer value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::string hexadecimal(uint64_t value, std::size_t digits) {
  static constexpr std::string_view kDigits = "0123456789abcdef";
  std::string out(digits, '0');
  for (std::size_t i = digits; i-- > 0; value >>= 4) out[i] = kDigits[value & 15];
  return out;
}

std::string tokens_of(const std::vector<int32_t>& ids) {
  std::string out;
  out.reserve(ids.size() * kTokenDigits);
  for (int32_t id : ids) out += hexadecimal(static_cast<uint32_t>(id), kTokenDigits);
  return out;
}

bool read_tokens(std::string_view text, std::vector<int32_t>& ids) {
  if (text.size() % kTokenDigits != 0) return false;
  for (std::size_t at = 0; at < text.size(); at += kTokenDigits) {
    const auto id = number_of<uint32_t>(text.substr(at, kTokenDigits), 16);
    if (!id) return false;
    ids.push_back(static_cast<int32_t>(*id));
  }
  return true;
}

/// An enumeration's value, if it is one of the first `count`.
template <class Enum>
bool read_enum(std::string_view text, int count, Enum& value) {
  const auto number = number_of<int>(text);
  if (!number || *number < 0 || *number >= count) return false;
  value = static_cast<Enum>(*number);
  return true;
}

}  // namespace

std::string join_fields(const std::vector<std::string>& fields) {
  std::string line;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (i > 0) line += '\t';
    for (char c : fields[i]) switch (c) {
        case '\t': line += "\\t"; break;
        case '\n': line += "\\n"; break;
        case '\\': line += "\\\\"; break;
        default: line += c;
      }
  }
  return line;
}

std::vector<std::string> split_fields(std::string_view line) {
  std::vector<std::string> fields(1);
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '\t') {
      fields.emplace_back();
    } else if (line[i] == '\\' && i + 1 < line.size()) {
      const char c = line[++i];
      fields.back() += c == 't' ? '\t' : c == 'n' ? '\n' : c;
    } else {
      fields.back() += line[i];
    }
  }
  return fields;
}

std::string write_score_request(uint64_t number, const Group& group) {
  const Problem& p = group.problem;
  std::vector<std::string> fields{"score",
                                  std::to_string(number),
                                  p.id,
                                  p.task,
                                  p.prompt,
                                  p.reference,
                                  p.metadata_json,
                                  std::to_string(group.completions.size())};
  for (const Completion& c : group.completions) {
    fields.push_back(c.text);
    fields.push_back(std::to_string(static_cast<int>(c.finish_reason)));
    fields.push_back(tokens_of(c.token_ids));
  }
  return join_fields(fields);
}

std::optional<PluginScoreRequest> read_score_request(std::string_view line) {
  std::vector<std::string> fields = split_fields(line);
  if (fields.size() < kGroupFields || fields[0] != "score") return std::nullopt;
  const auto number = number_of<uint64_t>(fields[1]);
  const auto count = number_of<std::size_t>(fields[7]);
  const std::size_t rest = fields.size() - kGroupFields;
  if (!number || !count || rest % kCompletionFields != 0 || rest / kCompletionFields != *count) return std::nullopt;
  PluginScoreRequest request;
  request.number = *number;
  request.group.problem = {fields[2], fields[3], fields[4], fields[5], fields[6]};
  for (std::size_t i = 0; i < *count; ++i) {
    const std::size_t at = kGroupFields + i * kCompletionFields;
    Completion completion;
    completion.text = std::move(fields[at]);
    if (!read_enum(fields[at + 1], 4, completion.finish_reason)) return std::nullopt;
    if (!read_tokens(fields[at + 2], completion.token_ids)) return std::nullopt;
    request.group.completions.push_back(std::move(completion));
  }
  return request;
}

std::string write_score_reply(uint64_t number, const std::vector<RewardComponent>& components) {
  std::vector<std::string> fields{std::to_string(number), std::to_string(components.size())};
  for (const RewardComponent& c : components) {
    fields.push_back(std::to_string(static_cast<int>(c.outcome)));
    fields.push_back(hexadecimal(std::bit_cast<uint64_t>(c.score), kScoreDigits));
    fields.push_back(c.detail);
  }
  return join_fields(fields);
}

std::optional<std::vector<RewardComponent>> read_score_reply(std::string_view line, uint64_t number,
                                                             std::size_t count) {
  const std::vector<std::string> fields = split_fields(line);
  if (fields.size() != kReplyFields + count * kCompletionFields) return std::nullopt;
  if (number_of<uint64_t>(fields[0]) != number || number_of<std::size_t>(fields[1]) != count) return std::nullopt;
  std::vector<RewardComponent> components(count);
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t at = kReplyFields + i * kCompletionFields;
    const auto score = number_of<uint64_t>(fields[at + 1], 16);
    if (!score || !read_enum(fields[at], 3, components[i].outcome)) return std::nullopt;
    components[i].score = std::bit_cast<double>(*score);
    components[i].detail = fields[at + 2];
  }
  return components;
}

}  // namespace hone
