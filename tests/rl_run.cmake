# The run around the algorithm: configuration, data, micro-batches, checkpoints, pipeline, evaluation; the learner on LibTorch.
hone_test(rl_run_test LABELS unit
  SOURCES rl/algorithm_help_test.cc rl/budget_forcing_test.cc rl/checkpoint_test.cc rl/completion_record_test.cc rl/config_test.cc rl/data/data_check_test.cc
          rl/data/data_format_test.cc rl/data/duplicates_test.cc rl/dataset_test.cc rl/dynamic_sampling_test.cc rl/evaluator_test.cc
          rl/flops_test.cc rl/ledger_test.cc rl/lenient_reward_test.cc rl/metrics_test.cc rl/micro_batch_test.cc rl/pipeline_test.cc
          rl/problem_stream_test.cc rl/prompt_frame_test.cc rl/rejection_test.cc rl/report_test.cc rl/run_monitor_test.cc
          rl/sample_metrics_test.cc rl/sft_batches_test.cc rl/sft_config_test.cc rl/sft_data_test.cc rl/stages/stage_plan_test.cc
          rl/stages/stage_runner_test.cc rl/step_collector_test.cc rl/training_run_test.cc
  DEPS hone_rl_base PkgConfig::GMP ZLIB::ZLIB)
hone_test(rl_data_make_test LABELS unit
  SOURCES rl/data/data_make_test.cc rl/data/make_countdown_texts_test.cc rl/data/make_one_liners_test.cc
  DEPS hone_rl_base PkgConfig::GMP)
hone_test(rl_compare_test LABELS unit
  SOURCES rl/compare/config_test.cc rl/compare/page_test.cc rl/compare/statistics_test.cc
  DEPS hone_rl_base)
if(HONE_LEARNER)
  hone_test(rl_learner_test TORCH LABELS unit
    SOURCES rl/distill_learner_test.cc rl/learner_flops_test.cc rl/learner_improves_test.cc rl/learner_options_test.cc rl/learner_test.cc rl/sft_learner_test.cc
    DEPS hone_rl)
  hone_test(rl_sft_reference_test LABELS unit reference
    SOURCES rl/sft_reference_test.cc
    DEPS hone_rl)
endif()
