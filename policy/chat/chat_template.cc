#include "policy/chat_template.h"

#include <ctime>

#include "policy/chat/builtins.h"
#include "policy/chat/interpreter.h"
#include "proto/base/error.h"
#include "proto/base/file.h"
#include "proto/base/json.h"

namespace hone {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxTemplateBytes = std::size_t{1} << 20;

std::tm parsed_date(const std::string& date) {
  std::tm out{};
  const char* rest = ::strptime(date.c_str(), "%Y-%m-%d", &out);
  if (rest != nullptr && *rest == ' ') rest = ::strptime(rest, " %H:%M:%S", &out);
  if (rest == nullptr || *rest != '\0')
    throw Error(ErrorCode::invalid_argument, "chat date '" + date + "': must be YYYY-MM-DD or YYYY-MM-DD HH:MM:SS");
  return out;
}

chat::Value date_function(const std::string& date) {
  return chat::Value::callable([date](const chat::Arguments& a) {
    if (date.empty()) throw chat::Failure("the template asks for today's date: give one, so that the text stays the same");
    const std::tm time = parsed_date(date);
    char out[256];
    const std::size_t length = std::strftime(out, sizeof out, a.get(0, "format").text().c_str(), &time);
    return chat::Value::string(std::string(out, length));
  });
}

/// A token in tokenizer_config.json is a text or {"content": text}.
std::optional<std::string> token_of(const OrderedJson& config, const char* key) {
  const auto it = config.find(key);
  if (it == config.end()) return std::nullopt;
  if (it->is_string()) return it->get<std::string>();
  if (it->is_object() && it->contains("content") && (*it)["content"].is_string()) return (*it)["content"].get<std::string>();
  return std::nullopt;
}

/// A list of named templates holds one called "default".
std::string template_of(const OrderedJson& value, const std::string& source) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_array())
    for (const auto& entry : value)
      if (entry.is_object() && entry.value("name", "") == "default" && entry.contains("template") && entry["template"].is_string())
        return entry["template"].get<std::string>();
  throw Error(ErrorCode::invalid_argument, source + ": chat_template must be a string, or a list with a template named default");
}

}  // namespace

struct ChatTemplate::Impl {
  std::string source;
  chat::Nodes tree;
  std::optional<std::string> bos_token, eos_token;
};

ChatTemplate::ChatTemplate(std::string_view jinja, const std::string& source, std::optional<std::string> bos_token, std::optional<std::string> eos_token) {
  if (jinja.size() > kMaxTemplateBytes)
    throw Error(ErrorCode::invalid_argument, source + ": a chat template of " + std::to_string(jinja.size()) + " bytes; at most " +
                                                 std::to_string(kMaxTemplateBytes) + " are read");
  auto impl = std::make_unique<Impl>();
  impl->source = source;
  impl->tree = chat::parse(chat::tokenize(jinja, source), source);
  impl->bos_token = std::move(bos_token);
  impl->eos_token = std::move(eos_token);
  impl_ = std::move(impl);
}
ChatTemplate::~ChatTemplate() = default;

std::unique_ptr<ChatTemplate> ChatTemplate::from_folder(const fs::path& dir) {
  const fs::path jinja = dir / "chat_template.jinja", config_path = dir / "tokenizer_config.json";
  OrderedJson config = OrderedJson::object();
  if (fs::exists(config_path)) {
    config = OrderedJson::parse(read_file(config_path), nullptr, false);
    if (!config.is_object()) throw Error(ErrorCode::invalid_argument, config_path.string() + ": not a JSON object");
  }
  std::string text, source = jinja.string();
  if (fs::exists(jinja)) {
    text = read_file(jinja);
  } else if (const auto it = config.find("chat_template"); it != config.end() && !it->is_null()) {
    source = config_path.string() + ": chat_template";
    text = template_of(*it, config_path.string());
  } else {
    return nullptr;
  }
  return std::make_unique<ChatTemplate>(text, source, token_of(config, "bos_token"), token_of(config, "eos_token"));
}

RenderedChat ChatTemplate::render_marked(const OrderedJson& messages, const OrderedJson& variables, const ChatOptions& options) const {
  chat::Dict all;
  all.set("strftime_now", date_function(options.date));
  all.set("tools", chat::Value::none());
  all.set("documents", chat::Value::none());
  if (impl_->bos_token) all.set("bos_token", chat::Value::string(*impl_->bos_token));
  if (impl_->eos_token) all.set("eos_token", chat::Value::string(*impl_->eos_token));
  if (variables.is_object())
    for (const auto& [name, value] : variables.items()) all.set(name, chat::Value::from_json(value));
  all.set("messages", chat::Value::from_json(messages));
  all.set("add_generation_prompt", chat::Value::boolean(options.add_generation_prompt));
  chat::Rendered out = chat::run(impl_->tree, all, impl_->source);
  return {std::move(out.text), std::move(out.generated)};
}

}  // namespace hone
