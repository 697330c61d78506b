// A conversation cut into what the assistant wrote and what it was given, by rendering its beginnings.
// Thread rule: pure functions.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "policy/chat_template.h"

namespace hone {

struct ChatPiece {
  std::string text;
  bool by_assistant = false;
};

struct ChatPieces {
  std::vector<ChatPiece> pieces;  // together the whole rendered conversation; none is empty
  bool prompt_differs = false;    // somewhere the template writes a generation prompt that the finished turn does not start with
};

/// Where the template marks what the assistant says ({% generation %}), the marks decide. Otherwise a turn of its starts where the rendering of all messages leaves that of the ones before it with a generation prompt, and ends
/// where the rendering up to it ends. Throws invalid_argument "<where>: ..." when the messages are not a list of {"role", ...}, when the
/// template refuses them, or when it renders a turn differently once later turns follow (so that it has no place of its own).
ChatPieces chat_pieces(const ChatTemplate& chat, const nlohmann::ordered_json& messages, const nlohmann::ordered_json& variables,
                       const std::string& date, const std::string& where);

}  // namespace hone
