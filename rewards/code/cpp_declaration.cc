#include "rewards/code/cpp_declaration.h"

#include <sstream>

#include "rewards/text.h"

namespace hone {
namespace {

bool is_word(char c) { return is_letter(c) || is_digit(c) || c == '_'; }

std::string without_comments(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text.substr(i, 2) == "//") {
      while (i < text.size() && text[i] != '\n') ++i;
      out += '\n';
    } else if (text.substr(i, 2) == "/*") {
      const std::size_t end = text.find("*/", i + 2);
      i = end == std::string_view::npos ? text.size() : end + 1;
      out += ' ';
    } else if (text[i] == '"' || text[i] == '\'') {
      const char quote = text[i];
      out += quote;
      while (++i < text.size() && text[i] != quote) {
        out += text[i];
        if (text[i] == '\\' && i + 1 < text.size()) out += text[++i];
      }
      out += quote;
    } else {
      out += text[i];
    }
  }
  return out;
}

/// Moves the #include lines out.
std::string take_includes(const std::string& text, std::string& includes) {
  std::string rest;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    const std::string_view bare = trim(line);
    (bare.starts_with("#") && bare.find("include") != std::string_view::npos ? includes : rest) += line + "\n";
  }
  return rest;
}

/// Where the last statement of `text` begins: after ";", "}" or a preprocessor line.
std::size_t last_statement(std::string_view text) {
  std::size_t begin = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == ';' || text[i] == '}') begin = i + 1;
    if (text[i] == '#') {
      while (i < text.size() && text[i] != '\n') ++i;
      begin = std::min(i + 1, text.size());
    }
  }
  return begin;
}

}  // namespace

std::optional<CppDeclaration> parse_cpp_declaration(std::string_view text) {
  CppDeclaration out;
  const std::string code = take_includes(without_comments(text), out.includes);
  std::string_view body = trim(code);
  if (!body.ends_with('{')) return std::nullopt;
  body = trim(body.substr(0, body.size() - 1));
  if (!body.ends_with(')')) return std::nullopt;
  const std::size_t begin = last_statement(body);
  out.preamble = body.substr(0, begin);
  out.signature = trim(body.substr(begin));
  int depth = 0;
  std::size_t at = out.signature.size();
  while (at > 0) {
    --at;
    if (out.signature[at] == ')') ++depth;
    if (out.signature[at] == '(' && --depth == 0) break;
  }
  std::string_view before = trim(std::string_view(out.signature).substr(0, at));
  std::size_t name = before.size();
  while (name > 0 && is_word(before[name - 1])) --name;
  out.name = before.substr(name);
  if (out.name.empty() || is_digit(out.name[0]) || trim(before.substr(0, name)).empty()) return std::nullopt;
  return out;
}

}  // namespace hone
