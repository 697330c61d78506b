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
