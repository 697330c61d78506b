pkg_check_modules(GMP REQUIRED IMPORTED_TARGET GLOBAL gmpxx gmp)

hone_library(hone_rewards
  SOURCES answer_extraction.cc exact_match.cc expression.cc expression_rule.cc format.cc integer_answer.cc number_normalize.cc number_scan.cc
          number_text.cc numeric.cc overlong.cc prefix_match.cc regex.cc registry.cc rewarder.cc rule.cc settings.cc text.cc
          cosine_length.cc countdown.cc gate.cc json_schema.cc json_schema_rule.cc language.cc multiple_choice.cc
          pattern.cc repetition.cc reward_watch.cc word_count.cc words.cc
          process/helper_pool.cc process/helper_process.cc process/program_path.cc process/spawn.cc process/starter_thread.cc
  DEPS hone_base
  PRIVATE_DEPS PkgConfig::GMP PkgConfig::ICU PkgConfig::PCRE2)

include(${CMAKE_CURRENT_LIST_DIR}/rpc.cmake OPTIONAL)
