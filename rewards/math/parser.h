// Tokens to a tree, by recursive descent with a depth limit:
//   list     = item { ("," | ";" | "and" | "or") item }
//   item     = [label ":"] union { sign union } [unit words] [clause]
//   union    = ratio { ("\cup" | "\cap" | "\setminus") ratio }
//   ratio    = sum { ":" sum }
//   sum      = [sign] product { ("+" | "-" | "\pm" | "\mp") product }
//   product  = factor { ["*"] factor | "/" factor }
//   factor   = primary { "!" | "%" | degree } [ "^" factor ]
// Every token must be used: a text that is half mathematics is no tree at all.
// Thread rule: pure function.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "rewards/math/lexer.h"
#include "rewards/math/tree.h"

namespace hone::math {

struct Parsed {
  const Node* root = nullptr;  // null where the text is not one whole expression
  std::string reason;          // why not
  std::vector<std::string> units;
};

/// Throws BudgetExceeded.
Parsed parse_answer(std::string_view text, const LexerOptions& options, Tree& tree);

}  // namespace hone::math
