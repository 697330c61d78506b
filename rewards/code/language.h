// The languages of the code reward: one table row each.
// Thread rule: immutable.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace hone {

/// How function tests of a language are run; see function_judge.h.
enum class FunctionJudge : uint8_t { python, cpp };

struct Language {
  std::string_view name;
  std::vector<std::string> tags;       // info strings of fenced blocks
  std::string_view source;             // file name of the program in /box
  std::vector<std::string> compile;    // "" = none; "{compiler}", "{source}" and "{output}" are replaced
  std::vector<std::string> run;        // "{interpreter}", "{source}" and "{output}" are replaced
  FunctionJudge function_judge;
};

std::span<const Language> languages();

/// By name or tag; nullptr if there is none.
const Language* find_language(std::string_view name);

}  // namespace hone
