# The code reward: sandbox, judges, attack suite, problem sets.
hone_executable(code_datasets SOURCES rewards/code/code_datasets.cc DEPS hone_rewards ZLIB::ZLIB)

hone_test(rewards_code_attack_test
  SOURCES rewards/code/attack_test.cc rewards/code/cpp_function_test.cc rewards/code/host_watch.cc
  DEPS hone_rewards
  LABELS sandbox rewards
  TIMEOUT 180)

hone_test(rewards_code_test
  SOURCES rewards/code/code_block_test.cc rewards/code/code_rule_test.cc rewards/code/output_match_test.cc
          rewards/code/sandbox_test.cc rewards/code/test_plan_test.cc
  DEPS hone_rewards
  LABELS unit rewards
  TIMEOUT 120)

# Built on request: ninja bench_code
hone_executable(bench_code SOURCES bench/code_bench.cc DEPS hone_rewards)
set_target_properties(bench_code PROPERTIES EXCLUDE_FROM_ALL ON)

# The whole public problem sets, where HONE_DATA_DIR names their folder, and a sample of each.
add_test(NAME rewards_code/datasets COMMAND code_datasets)
add_test(NAME rewards_code/dataset_samples COMMAND code_datasets "${PROJECT_SOURCE_DIR}/tests/data/code")
set_tests_properties(rewards_code/datasets PROPERTIES LABELS "slow;rewards" TIMEOUT 7200 SKIP_RETURN_CODE 77 PROCESSORS 2)
set_tests_properties(rewards_code/dataset_samples PROPERTIES LABELS "sandbox;rewards" TIMEOUT 300 SKIP_RETURN_CODE 77)
