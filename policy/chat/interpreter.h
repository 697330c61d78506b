// Runs the tree of a chat template. Bounded: steps, depth of macro calls, length of the output.
// Thread rule: one thread a run; the tree is only read.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "policy/chat/syntax.h"
#include "policy/chat/value.h"

namespace hone::chat {

struct Rendered {
  std::string text;
  std::vector<std::pair<std::size_t, std::size_t>> generated;  // bytes [begin, end) inside {% generation %}
};

/// `variables` are what the template sees besides its own and range, namespace, dict and raise_exception. Throws invalid_argument
/// "<source>:<line>: ..." for what Jinja would refuse, for the template's own raise_exception, and when a bound is passed.
Rendered run(const Nodes& tree, const Dict& variables, const std::string& source);

}  // namespace hone::chat
