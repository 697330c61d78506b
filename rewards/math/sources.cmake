# The maths verifier (rewards/math): part of hone_rewards. MPC has no pkg-config file in Debian 12.
pkg_check_modules(MPFR REQUIRED IMPORTED_TARGET GLOBAL mpfr)
find_library(HONE_MPC_LIBRARY mpc REQUIRED)

set(HONE_MATH_SOURCES
  math/ascii.cc math/boxes.cc math/complex_value.cc math/equivalence.cc math/extraction.cc math/labels.cc math/lexer.cc math/lexer_number.cc math/math_rule.cc
  math/numeric.cc math/parser.cc math/parser_function.cc math/parser_primary.cc math/plus_minus.cc math/prose.cc math/rational.cc
  math/real_set.cc math/residue.cc math/scalar.cc math/spelling.cc math/tree.cc math/units.cc math/verify.cc)
