// A model's chat template: messages in, the text that the model was trained on out. The template is Jinja; policy/chat/ reads the part
// of the language that published templates use and gives transformers' apply_chat_template(tokenize=False) byte for byte
// (tests/policy/chat_template_reference_test.cc). Nothing is evaluated as code: a template is data, and its work is bounded.
// Thread rule: const methods may run on any number of threads at once.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hone {

struct ChatOptions {
  bool add_generation_prompt = false;
  std::string date;  // "2025-12-31" or "2025-12-31 23:59:59" for templates that ask for the date; empty: such a template is an error
};

struct RenderedChat {
  std::string text;
  /// Bytes [begin, end) that the template marks as the assistant's by {% generation %}, in order; empty when it marks none.
  std::vector<std::pair<std::size_t, std::size_t>> generated;
};

class ChatTemplate {
 public:
  /// `source` names the template in messages; the tokens are the template's bos_token and eos_token (nullopt: undefined). Throws
  /// invalid_argument with file and line for broken syntax, unimplemented for what is outside the subset.
  ChatTemplate(std::string_view jinja, const std::string& source, std::optional<std::string> bos_token, std::optional<std::string> eos_token);
  ~ChatTemplate();

  /// The template of a model folder: chat_template.jinja, or chat_template in tokenizer_config.json (which also names the tokens).
  /// Null when the folder has none.
  static std::unique_ptr<ChatTemplate> from_folder(const std::filesystem::path& dir);

  /// `messages`: an array of {"role", "content", ...}; `variables`: an object of further variables (tools, enable_thinking, ...), may be
  /// null. Throws invalid_argument "<source>:<line>: ..." for what the template refuses (raise_exception) or Jinja would.
  std::string render(const nlohmann::ordered_json& messages, const nlohmann::ordered_json& variables, const ChatOptions& options) const {
    return render_marked(messages, variables, options).text;
  }
  RenderedChat render_marked(const nlohmann::ordered_json& messages, const nlohmann::ordered_json& variables, const ChatOptions& options) const;

 private:
  struct Impl;
  std::unique_ptr<const Impl> impl_;
};

}  // namespace hone
