#include "rl/chat_pieces.h"

#include <algorithm>

#include "proto/base/error.h"
#include "proto/base/json.h"

namespace hone {
namespace {

std::size_t common_prefix(const std::string& a, const std::string& b) {
  return static_cast<std::size_t>(std::mismatch(a.begin(), a.end(), b.begin(), b.end()).first - a.begin());
}

OrderedJson first(const OrderedJson& messages, std::size_t count) {
  OrderedJson out = OrderedJson::array();
  for (std::size_t i = 0; i < count; ++i) out.push_back(messages[i]);
  return out;
}

}  // namespace

ChatPieces chat_pieces(const ChatTemplate& chat, const OrderedJson& messages, const OrderedJson& variables, const std::string& date,
                       const std::string& where) {
  if (!messages.is_array() || messages.empty()) throw Error(ErrorCode::invalid_argument, where + ": messages must be a list that is not empty");
  for (const auto& message : messages)
    if (!message.is_object() || !message.contains("role") || !message["role"].is_string())
      throw Error(ErrorCode::invalid_argument, where + ": every message must be an object with a role");
  const auto render = [&](std::size_t count, bool generation_prompt) {
    try {
      return chat.render_marked(first(messages, count), variables, {generation_prompt, date});
    } catch (const Error& e) {
      throw Error(e.code(), where + ": " + e.what());
    }
  };
  const RenderedChat whole = render(messages.size(), false);
  const std::string& all = whole.text;
  ChatPieces out;
  std::size_t done = 0;
  const auto add = [&](std::size_t end, bool by_assistant) {
    if (end > done) out.pieces.push_back({all.substr(done, end - done), by_assistant});
    done = std::max(done, end);
  };
  for (const auto& [begin, end] : whole.generated) {
    add(begin, false);
    add(end, true);
  }
  for (std::size_t i = 0; i < messages.size() && whole.generated.empty(); ++i) {
    if (messages[i]["role"] != "assistant") continue;
    if (i == 0) throw Error(ErrorCode::invalid_argument, where + ": the first message is the assistant's: nothing asks for it");
    const std::string before = render(i, true).text, with = i + 1 == messages.size() ? all : render(i + 1, false).text;
    if (!all.starts_with(with))
      throw Error(ErrorCode::invalid_argument, where + ": the chat template writes turn " + std::to_string(i + 1) +
                                                   " differently once later turns follow; end each row with the assistant's turn to learn, or set "
                                                   "sft.completion_only_loss to false");
    const std::size_t begin = common_prefix(before, all);
    out.prompt_differs = out.prompt_differs || begin < before.size();
    if (begin < done) throw Error(ErrorCode::invalid_argument, where + ": the chat template gives turn " + std::to_string(i + 1) + " no place of its own");
    add(begin, false);
    add(with.size(), true);
  }
  add(all.size(), false);
  return out;
}

}  // namespace hone
