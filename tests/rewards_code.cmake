# The code reward: sandbox, judges, attack suite, problem sets.
find_package(ZLIB REQUIRED)
hone_executable(code_datasets SOURCES rewards/code/code_datasets.cc DEPS hone_rewards ZLIB::ZLIB)

hone_test(rewards_code_attack_test
  SOURCES rewards/code/attack_test.cc rewards/code/host_watch.cc
  DEPS hone_rewards
  LABELS sandbox
  TIMEOUT 180)

hone_test(rewards_code_test
  SOURCES rewards/code/code_block_test.cc rewards/code/code_rule_test.cc rewards/code/output_match_test.cc
          rewards/code/sandbox_test.cc rewards/code/test_plan_test.cc
  DEPS hone_rewards
  LABELS unit
  TIMEOUT 120)
