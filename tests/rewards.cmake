hone_test(rewards_test
  SOURCES rewards/answer_extraction_test.cc rewards/example_data_test.cc rewards/expression_test.cc rewards/hostile_text_test.cc
          rewards/rewarder_test.cc rewards/rules_test.cc rewards/settings_test.cc
  DEPS hone_rewards PkgConfig::GMP
  LABELS unit
  TIMEOUT 180)
