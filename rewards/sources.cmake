pkg_check_modules(GMP REQUIRED IMPORTED_TARGET GLOBAL gmpxx gmp)
include(${CMAKE_CURRENT_LIST_DIR}/math/sources.cmake)

hone_library(hone_rewards
  SOURCES answer_extraction.cc exact_match.cc expression.cc expression_rule.cc format.cc integer_answer.cc number_normalize.cc number_scan.cc
          number_text.cc numeric.cc overlong.cc prefix_match.cc regex.cc registry.cc rewarder.cc rule.cc settings.cc text.cc
          ${HONE_MATH_SOURCES}
  DEPS hone_base
  PRIVATE_DEPS PkgConfig::GMP PkgConfig::PCRE2 ${HONE_MPC_LIBRARY} PkgConfig::MPFR)

include(${CMAKE_CURRENT_LIST_DIR}/rpc.cmake OPTIONAL)
