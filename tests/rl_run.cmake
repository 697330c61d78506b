# The run around the algorithm: configuration, data, micro-batches, checkpoints, pipeline, evaluation; the learner on LibTorch.
hone_test(rl_run_test LABELS unit
  SOURCES rl/checkpoint_test.cc rl/completion_record_test.cc rl/config_test.cc rl/dataset_test.cc rl/dynamic_sampling_test.cc rl/evaluator_test.cc rl/metrics_test.cc rl/micro_batch_test.cc
          rl/pipeline_test.cc rl/problem_stream_test.cc rl/prompt_frame_test.cc rl/report_test.cc rl/run_monitor_test.cc
  DEPS hone_rl_base)
if(HONE_LEARNER)
  hone_test(rl_learner_test LABELS unit
    SOURCES rl/learner_improves_test.cc rl/learner_options_test.cc rl/learner_test.cc
    DEPS hone_rl)
endif()
