// From the text of a chat template to a tree. The language is the part of Jinja2 that published chat templates use:
//
//   {{ expression }}   {# comment #}   {% raw %}
//   {% if/elif/else %}   {% for a, b in list if condition %} ... {% else %}   {% break %} {% continue %}
//   {% set name = e %}   {% set namespace.field = e %}   {% set name %} ... {% endset %}   {% macro f(a, b=e) %}   {% generation %}
//
// White space as transformers sets it: trim_blocks, lstrip_blocks, "-" and "+" signs, one newline at the end of the file dropped.
// Inheritance, imports, call and filter blocks are refused. Thread rule: pure functions.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "policy/chat/value.h"

namespace hone::chat {

struct Token {
  enum class Type : uint8_t { data, expression_begin, expression_end, statement_begin, statement_end, name, string, integer, real, symbol, end };
  Type type = Type::end;
  std::string text;
  int line = 0;
};

struct Node;
using NodePtr = std::unique_ptr<Node>;
using Nodes = std::vector<NodePtr>;

struct Node {
  enum class Kind : uint8_t {
    // expressions
    literal,      // value
    name,         // text
    list,         // kids
    dict,         // kids: key, value, key, value
    attribute,    // kids[0] . text
    item,         // kids[0] [kids[1]]
    slice,        // kids[0] [kids[1] : kids[2] : kids[3]], absent ones null
    call,         // kids[0](kids[1..], named)
    filter,       // kids[0] | text(kids[1..], named)
    test,         // kids[0] is text(kids[1..])
    unary,        // text kids[0]
    binary,       // kids[0] text kids[1]
    conditional,  // kids[0] if kids[1] else kids[2] (may be null)
    // statements
    data,        // text
    output,      // kids[0]
    condition,   // if kids[0]: body, else: otherwise
    loop,        // for names in kids[0] if kids[1] (may be null): body, else: otherwise
    assign,      // names = kids[0]; or text.names[0] = kids[0] when text is not empty
    capture,     // names[0] = output of body
    macro,       // text(names with defaults in named): body
    generation,  // body: what an assistant says
    leave,       // break
    next,        // continue
  };
  Kind kind = Kind::literal;
  bool comparison = false;  // binary: of the kind that chains
  int line = 0;
  int depth = 1;            // of the tree below
  std::string text;
  Value value;
  Nodes kids, body, otherwise;
  std::vector<std::string> names;
  std::vector<std::pair<std::string, NodePtr>> named;
};

/// Line and reason of a template's error, as Error{code}: "<source>:<line>: <what>".
[[noreturn]] void fail_at(const std::string& source, int line, const std::string& what, bool unsupported = false);

/// Throws invalid_argument with file and line for broken syntax.
std::vector<Token> tokenize(std::string_view text, const std::string& source);

/// Throws invalid_argument, or unimplemented for statements outside the subset.
Nodes parse(const std::vector<Token>& tokens, const std::string& source);

}  // namespace hone::chat
