#include "rewards/code/language.h"

#include <algorithm>
#include <array>

namespace hone {

std::span<const Language> languages() {
  static const std::array kTable{
      Language{"python", {"python", "py", "python3"}, "program.py", {}, {"{interpreter}", "-s", "-B", "{source}"}, FunctionJudge::python},
      Language{"cpp", {"cpp", "c++", "cc", "cxx", "c++17"}, "program.cc",
               {"{compiler}", "-std=c++17", "-O2", "-pipe", "-w", "-o", "{output}", "{source}"}, {"{output}"}, FunctionJudge::cpp},
  };
  return kTable;
}

const Language* find_language(std::string_view name) {
  for (const Language& language : languages())
    if (name == language.name || std::find(language.tags.begin(), language.tags.end(), name) != language.tags.end())
      return &language;
  return nullptr;
}

}  // namespace hone
