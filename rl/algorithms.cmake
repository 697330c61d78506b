# The algorithm: advantages, schedules and statistics without torch; loss and optimiser on LibTorch.
hone_library(hone_rl_base_algorithms
  SOURCES advantages.cc grpo_loss_config.cc high_entropy.cc loss_metrics.cc lr_schedule.cc statistics.cc
  DEPS hone_base)
if(HONE_LEARNER)
  hone_library(hone_rl_algorithms
    SOURCES adamw.cc adamw_kernel.cc grpo_loss.cc loss_measure.cc loss_tokens.cc off_policy.cc
    DEPS hone_rl_base_algorithms hone_policy
    PRIVATE_DEPS PkgConfig::HWY)
  set_source_files_properties(adamw_kernel.cc PROPERTIES SKIP_PRECOMPILE_HEADERS ON)
  hone_reuse_torch_pch(hone_rl_algorithms)
endif()
