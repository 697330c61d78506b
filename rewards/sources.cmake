include(${CMAKE_CURRENT_LIST_DIR}/sdk/sources.cmake)  # hone_reward_sdk

pkg_check_modules(GMP REQUIRED IMPORTED_TARGET GLOBAL gmpxx gmp)
include(${CMAKE_CURRENT_LIST_DIR}/math/sources.cmake)

include(${CMAKE_CURRENT_LIST_DIR}/code/code.cmake)

hone_library(hone_rewards
  SOURCES ${HONE_CODE_SOURCES}
          answer_extraction.cc exact_match.cc expression.cc expression_rule.cc format.cc integer_answer.cc number_normalize.cc number_scan.cc
          number_text.cc numeric.cc overlong.cc prefix_match.cc regex.cc registry.cc rewarder.cc rule.cc settings.cc text.cc
          command_protocol.cc command_rule.cc cosine_length.cc countdown.cc gate.cc json_schema.cc json_schema_rule.cc language.cc multiple_choice.cc
          pattern.cc repetition.cc reward_watch.cc word_count.cc words.cc
          plugin/plugin_library.cc plugin/plugin_protocol.cc plugin/plugin_rule.cc
          process/helper_pool.cc process/helper_process.cc process/program_path.cc process/spawn.cc process/starter_thread.cc
          ${HONE_MATH_SOURCES}
  DEPS hone_base hone_reward_sdk
  PRIVATE_DEPS PkgConfig::GMP PkgConfig::ICU PkgConfig::PCRE2 PkgConfig::MPFR ${HONE_MPC_LIBRARY} ${SECCOMP_LIBRARY} ${CMAKE_DL_LIBS})
hone_reuse_common_pch(hone_rewards)
add_dependencies(hone_rewards hone-jail)

# Runs one plug-in in a process of its own; lies beside hone, or in libexec/hone when installed.
hone_executable(hone-plugin-host SOURCES plugin/plugin_host_main.cc DEPS hone_rewards)
hone_install_helper(hone-plugin-host)

include(${CMAKE_CURRENT_LIST_DIR}/rpc.cmake OPTIONAL)
