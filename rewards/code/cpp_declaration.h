// Takes the text that stands before a C++ function's body apart: "#include <vector>\nusing namespace std;\nint f(int x){".
// Thread rule: pure function.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace hone {

struct CppDeclaration {
  std::string includes;  // its #include lines
  std::string preamble;  // what else stands before the signature: using, typedef, helper functions
  std::string signature; // "int f(int x)"
  std::string name;      // "f"
};

/// nullopt where the text does not end in a function's signature and "{". Comments are left out.
std::optional<CppDeclaration> parse_cpp_declaration(std::string_view text);

}  // namespace hone
