#include "rl/prompt_frame.h"

#include <algorithm>
#include <filesystem>

#include "proto/base/error.h"
#include "proto/base/json.h"

namespace hone {
namespace {

constexpr std::size_t kMinFrame = 4;  // characters; less is chance (digits, a quotation mark)
constexpr std::size_t kMaxPrompts = 512;

std::string quoted(std::string text) {
  constexpr std::size_t kShown = 60;
  if (text.size() > kShown) text = text.substr(0, kShown) + "...";
  std::string out = "\"";
  for (const char c : text) out += c == '\n' ? std::string("\\n") : std::string(1, c);
  return out + "\"";
}

bool framed(const std::string& prompt, const PromptFrame& frame) {
  return prompt.starts_with(frame.prefix) && prompt.ends_with(frame.suffix);
}

/// A description of the frame that `own` share and most of `other` lack.
std::string missing_frame(std::span<const TokenizedProblem> own, std::span<const TokenizedProblem> other,
                          const std::string& own_name, const std::string& other_name) {
  if (own.size() < 2 || other.empty()) return "";
  PromptFrame frame = prompt_frame(own);
  if (frame.prefix.size() < kMinFrame) frame.prefix.clear();
  if (frame.suffix.size() < kMinFrame) frame.suffix.clear();
  if (frame.prefix.empty() && frame.suffix.empty()) return "";
  const auto lacking =
      std::count_if(other.begin(), other.end(), [&](const auto& p) { return !framed(p.problem.prompt, frame); });
  if (2 * lacking <= static_cast<std::ptrdiff_t>(other.size())) return "";
  return own_name + " prompts begin with " + quoted(frame.prefix) + " and end with " + quoted(frame.suffix) + "; " +
         std::to_string(lacking) + " of " + std::to_string(other.size()) + " " + other_name + " prompts do not";
}

}  // namespace

PromptFrame prompt_frame(std::span<const TokenizedProblem> problems) {
  if (problems.empty()) return {};
  PromptFrame frame{problems.front().problem.prompt, problems.front().problem.prompt};
  for (const TokenizedProblem& p : problems.first(std::min(problems.size(), kMaxPrompts))) {
    const std::string& text = p.problem.prompt;
    const auto begin = std::mismatch(frame.prefix.begin(), frame.prefix.end(), text.begin(), text.end()).first;
    frame.prefix.erase(begin, frame.prefix.end());
    const auto end = std::mismatch(frame.suffix.rbegin(), frame.suffix.rend(), text.rbegin(), text.rend()).first;
    frame.suffix.erase(frame.suffix.begin(), end.base());
  }
  return frame;
}

std::string template_difference_to_run(const TrainConfig& config) {
  std::filesystem::path model = std::filesystem::path(config.model.path).lexically_normal();
  if (model.filename().empty()) model = model.parent_path();
  const std::filesystem::path file = model.parent_path() / "config.json";
  if (!std::filesystem::is_regular_file(file) || !std::filesystem::exists(model.parent_path() / "metrics.jsonl"))
    return "";
  DataSection trained;
  try {
    const Json json = read_json_file(file);
    const Json& data = json.at("data");
    trained.prompt_template = data.at("prompt_template").get<std::string>();
    trained.prompt_field = data.at("prompt_field").get<std::string>();
    trained.add_special_tokens = data.at("add_special_tokens").get<bool>();
  } catch (const std::exception&) {
    return "";  // not the config of a training run
  }
  const DataSection& own = config.data;
  const auto differs = [&](const std::string& name, const std::string& before, const std::string& now) {
    return "the model was trained with data." + name + " " + before + " (" + file.string() +
           "), and is evaluated with " + now;
  };
  if (own.prompt_template != trained.prompt_template)
    return differs("prompt_template", quoted(trained.prompt_template), quoted(own.prompt_template));
  if (own.prompt_template.empty() && own.prompt_field != trained.prompt_field)
    return differs("prompt_field", quoted(trained.prompt_field), quoted(own.prompt_field));
  if (own.add_special_tokens != trained.add_special_tokens)
    return differs("add_special_tokens", trained.add_special_tokens ? "true" : "false",
                   own.add_special_tokens ? "true" : "false");
  return "";
}

std::string template_difference(std::span<const TokenizedProblem> trained,
                                std::span<const TokenizedProblem> evaluated) {
  const std::string of_training = missing_frame(trained, evaluated, "training", "evaluation");
  return of_training.empty() ? missing_frame(evaluated, trained, "evaluation", "training") : of_training;
}

}  // namespace hone
