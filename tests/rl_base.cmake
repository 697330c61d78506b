hone_test(rl_base_algorithms_test LABELS unit
  SOURCES rl/advantages_test.cc rl/high_entropy_test.cc rl/loss_config_test.cc rl/lr_schedule_test.cc rl/statistics_test.cc
  DEPS hone_rl_base_algorithms)
hone_test(rl_base_reference_test LABELS unit reference
  SOURCES rl/advantages_reference_test.cc rl/lr_schedule_reference_test.cc rl/statistics_reference_test.cc
  DEPS hone_rl_base_algorithms)
