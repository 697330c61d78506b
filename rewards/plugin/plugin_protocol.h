// What hone and hone-plugin-host say to each other: one line a message, fields separated by tabs, with "\t", "\n" and "\\"
// written for a tab, an end of line and a backslash, so that any bytes pass unchanged.
//
//   open   LIBRARY SETTINGS                                 -> ok NAME VERSION EACH | bad REASON
//   score  NUMBER ID TASK PROMPT REFERENCE METADATA COUNT   -> NUMBER COUNT { OUTCOME SCORE DETAIL }
//          { TEXT FINISH TOKENS }
// NUMBER counts a side's requests, so that an answer cannot be taken for that of another request. TOKENS are 8 hexadecimal
// digits each; a SCORE is its 16 hexadecimal digits of IEEE 754, so that it arrives bit for bit.
//
// The readers take any bytes and never throw: nullopt is what is not a message.
// Thread rule: pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "proto/base/trace.h"

namespace hone {

std::string join_fields(const std::vector<std::string>& fields);
std::vector<std::string> split_fields(std::string_view line);

struct PluginScoreRequest {
  uint64_t number = 0;
  Group group;
};

std::string write_score_request(uint64_t number, const Group& group);
std::optional<PluginScoreRequest> read_score_request(std::string_view line);

std::string write_score_reply(uint64_t number, const std::vector<RewardComponent>& components);
/// The components of the reply to request `number` with `count` completions.
std::optional<std::vector<RewardComponent>> read_score_reply(std::string_view line, uint64_t number, std::size_t count);

}  // namespace hone
