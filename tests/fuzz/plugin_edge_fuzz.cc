// What comes over the pipes of hone-plugin-host, in both directions, and of a reward command. The readers must take any bytes;
// what they accept must survive being written and read again.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "rewards/command_protocol.h"
#include "rewards/plugin/plugin_protocol.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view line(reinterpret_cast<const char*>(data), size);
  if (const auto request = hone::read_score_request(line)) {
    const std::string written = hone::write_score_request(request->number, request->group);
    const auto again = hone::read_score_request(written);
    if (!again || hone::write_score_request(again->number, again->group) != written) std::abort();
  }
  for (const std::size_t count : {0, 1, 2}) {
    const auto of_command = hone::read_command_reply(line, 5, count);
    if (of_command && of_command->size() != count) std::abort();
    if (const auto components = hone::read_score_reply(line, 5, count)) {
      const std::string written = hone::write_score_reply(5, *components);
      if (!hone::read_score_reply(written, 5, count)) std::abort();
    }
  }
  if (hone::split_fields(hone::join_fields(hone::split_fields(line))) != hone::split_fields(line)) std::abort();
  return 0;
}
