if(HONE_LEARNER)
  hone_test(policy_learner_test TORCH
    SOURCES policy/exact_numerics_test.cc policy/head_memory_test.cc policy/policy_autograd_test.cc policy/policy_score_test.cc
            policy/projections_test.cc
    DEPS hone_policy hone_generation
    LABELS unit TIMEOUT 120)
  hone_test(policy_real_size_test TORCH
    SOURCES policy/real_size_test.cc
    DEPS hone_policy hone_generation
    LABELS slow TIMEOUT 600)
  hone_test(policy_learner_reference_test TORCH
    SOURCES policy/policy_reference_test.cc
    DEPS hone_policy
    LABELS "unit;reference")

  # Built on request: ninja bench_policy
  hone_executable(bench_policy SOURCES bench/policy_bench.cc DEPS hone_policy hone_rl_algorithms)
  set_target_properties(bench_policy PROPERTIES EXCLUDE_FROM_ALL ON)
  hone_reuse_torch_pch(bench_policy)
endif()
