// "json_schema": the text is a JSON document that a schema accepts.
#include <array>

#include "proto/base/error.h"
#include "proto/base/json.h"
#include "rewards/json_schema.h"
#include "rewards/rule.h"
#include "rewards/text.h"

namespace hone {
namespace {

constexpr int kMaxDocumentDepth = 128;

enum class Place { text, code_block, answer };

/// Content of the last fenced block, without the line of its language.
std::optional<std::string_view> last_code_block(std::string_view text) {
  constexpr std::string_view kFence = "```";
  const std::size_t close = text.rfind(kFence);
  if (close == std::string_view::npos) return std::nullopt;
  const std::size_t open = text.substr(0, close).rfind(kFence);
  if (open == std::string_view::npos) return std::nullopt;
  const std::string_view block = text.substr(open + kFence.size(), close - open - kFence.size());
  const std::size_t line_end = block.find('\n');
  return line_end == std::string_view::npos ? block : block.substr(line_end + 1);
}

/// Whether brackets outside strings stand within each other more deeply than any answer needs.
bool too_deep(std::string_view text) {
  int depth = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string && c == '\\')
      ++i;
    else if (c == '"')
      in_string = !in_string;
    else if (!in_string && (c == '{' || c == '['))
      ++depth;
    else if (!in_string && (c == '}' || c == ']'))
      --depth;
    if (depth > kMaxDocumentDepth) return true;
  }
  return false;
}

class JsonSchemaRule final : public RewardFunction {
 public:
  JsonSchemaRule(JsonSchema schema, Place place, double valid_json_score)
      : schema_(std::move(schema)), place_(place), valid_json_score_(valid_json_score) {}

  std::vector<RewardComponent> score(const Group& group) const override {
    return for_each_completion(group, [&](const Completion& completion) {
      const std::optional<std::string_view> text = part_of(completion.text);
      if (!text) return scored(0.0, place_ == Place::answer ? "no <answer>...</answer>" : "no fenced block");
      if (too_deep(*text)) return scored(0.0, "brackets more than " + std::to_string(kMaxDocumentDepth) + " deep");
      const Json document = Json::parse(*text, nullptr, false);
      if (document.is_discarded()) return scored(0.0, "not valid JSON");
      try {
        const std::string reason = schema_.refusal(document);
        return reason.empty() ? scored(1.0) : scored(valid_json_score_, reason);
      } catch (const Error& e) {
        return failed(e.what());
      }
    });
  }

 private:
  std::optional<std::string_view> part_of(std::string_view text) const {
    if (place_ == Place::answer) return last_answer_tag(text);
    if (place_ == Place::code_block) return last_code_block(text);
    return text;
  }

  JsonSchema schema_;
  Place place_;
  double valid_json_score_;
};

}  // namespace

std::unique_ptr<RewardFunction> make_json_schema(Settings& settings) {
  static constexpr std::array<std::string_view, 3> kPlaces{"text", "code_block", "answer"};
  const Json& schema = settings.value("schema");
  if (schema.is_null()) settings.fail("schema", "missing; this setting is required");
  const std::string place = settings.choice("place", kPlaces, "text");
  const double valid_json_score = settings.number("valid_json_score", 0.0);
  return std::make_unique<JsonSchemaRule>(JsonSchema(schema, settings.source() + "/schema"),
                                          place == "text"     ? Place::text
                                          : place == "answer" ? Place::answer
                                                              : Place::code_block,
                                          valid_json_score);
}

}  // namespace hone
