pkg_check_modules(GMP REQUIRED IMPORTED_TARGET GLOBAL gmpxx gmp)

include(${CMAKE_CURRENT_LIST_DIR}/code/code.cmake)

hone_library(hone_rewards
  SOURCES ${HONE_CODE_SOURCES}
          process/program_path.cc process/spawn.cc process/starter_thread.cc
          answer_extraction.cc exact_match.cc expression.cc expression_rule.cc format.cc integer_answer.cc number_normalize.cc number_scan.cc
          number_text.cc numeric.cc overlong.cc prefix_match.cc regex.cc registry.cc rewarder.cc rule.cc settings.cc text.cc
  DEPS hone_base
  PRIVATE_DEPS PkgConfig::GMP PkgConfig::PCRE2 ${SECCOMP_LIBRARY})
add_dependencies(hone_rewards hone-jail)

include(${CMAKE_CURRENT_LIST_DIR}/rpc.cmake OPTIONAL)
