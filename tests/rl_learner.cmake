if(HONE_LEARNER)
  hone_test(rl_algorithms_test TORCH LABELS unit
    SOURCES rl/adamw_test.cc rl/grpo_loss_options_test.cc rl/grpo_loss_test.cc
    DEPS hone_rl_algorithms)
  hone_test(rl_algorithms_reference_test TORCH LABELS unit reference
    SOURCES rl/adamw_reference_test.cc rl/grpo_loss_reference_test.cc
    DEPS hone_rl_algorithms)
endif()
