hone_test(rewards_test
  SOURCES rewards/answer_extraction_test.cc rewards/example_data_test.cc rewards/expression_test.cc rewards/hostile_text_test.cc
          rewards/rewarder_test.cc rewards/rules_test.cc rewards/settings_test.cc
          rewards/answer_rules_test.cc rewards/gate_test.cc rewards/shaping_test.cc
  DEPS hone_rewards PkgConfig::GMP
  LABELS unit rewards
  TIMEOUT 180)

# Helper processes, and the program that plays the bad ones.
hone_executable(helper_for_test SOURCES rewards/process/helper_for_test.cc)
set_target_properties(helper_for_test PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/tests")
hone_test(process_test
  SOURCES rewards/process/helper_pool_test.cc rewards/process/helper_process_test.cc rewards/process/spawn_test.cc
  DEPS hone_rewards
  LABELS unit rewards
  TIMEOUT 120)
add_dependencies(process_test helper_for_test)

# Plug-ins and commands: the libraries and programs that the tests load and start.
include("${PROJECT_SOURCE_DIR}/rewards/sdk/HoneRewardSdk.cmake")
function(hone_plugin_for_test name source)
  hone_add_reward_plugin(${name} SOURCES ${source})
  target_compile_definitions(${name} PRIVATE ${ARGN})
  target_compile_options(${name} PRIVATE -Wall -Wextra)
  set_target_properties(${name} PROPERTIES LIBRARY_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/tests" C_EXTENSIONS OFF
                                           C_STANDARD 99 CXX_STANDARD 17)
  set_property(GLOBAL APPEND PROPERTY hone_plugins_for_test ${name})
endfunction()
hone_plugin_for_test(plugin_for_test rewards/plugin/plugin_for_test.cc)
hone_plugin_for_test(group_plugin_for_test rewards/plugin/group_plugin_for_test.cc)
hone_plugin_for_test(c_plugin_for_test rewards/plugin/c_plugin_for_test.c)
foreach(part abi size entry null table)
  string(TOUPPER "BROKEN_${part}" definition)
  hone_plugin_for_test(broken_${part} rewards/plugin/c_plugin_for_test.c ${definition})
endforeach()
hone_test(plugin_test
  SOURCES rewards/command_test.cc rewards/plugin/plugin_abi_test.cc rewards/plugin/plugin_protocol_test.cc
          rewards/plugin/plugin_rule_test.cc
  DEPS hone_rewards
  LABELS unit rewards
  TIMEOUT 120)
get_property(plugins_for_test GLOBAL PROPERTY hone_plugins_for_test)
add_dependencies(plugin_test hone-plugin-host ${plugins_for_test})

# A sanitizer's runtime would have to be loaded first, so these run in plain builds.
if(NOT HONE_SANITIZE)
  foreach(script plugin/install ten_minutes)
    add_test(NAME rewards/${script} COMMAND bash "${CMAKE_CURRENT_LIST_DIR}/rewards/${script}_test.sh")
    set_tests_properties(rewards/${script} PROPERTIES LABELS "e2e;rewards" TIMEOUT 120
                         ENVIRONMENT "HONE_BUILD=${CMAKE_BINARY_DIR};SOURCE=${PROJECT_SOURCE_DIR};CMAKE=${CMAKE_COMMAND}")
  endforeach()
endif()

hone_test(rewards_math_test
  SOURCES rewards/math_bounds_test.cc rewards/math_conformance_test.cc rewards/math_data_test.cc rewards/math_equivalence_test.cc
          rewards/math_extraction_test.cc
  DEPS hone_rewards PkgConfig::GMP
  LABELS unit rewards
  TIMEOUT 120)

find_package(benchmark QUIET)
if(benchmark_FOUND)
  hone_executable(bench_rewards SOURCES bench/rewards_bench.cc DEPS hone_rewards benchmark::benchmark)
  target_compile_definitions(bench_rewards PRIVATE HONE_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
endif()
