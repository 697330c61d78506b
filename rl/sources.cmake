include(${CMAKE_CURRENT_LIST_DIR}/algorithms.cmake)

# Runs without LibTorch: configuration, data, collecting groups, evaluation, records, checkpoints, report.
hone_library(hone_rl_base
  SOURCES checkpoint.cc completion_record.cc config.cc dataset.cc dynamic_sampling.cc evaluator.cc group_rewards.cc grpo_section.cc metrics.cc micro_batch.cc pipeline.cc plan.cc
          problem_stream.cc progress.cc prompt_frame.cc report.cc run_folder.cc run_monitor.cc session.cc $<IF:$<BOOL:${HONE_RPC}>,remote.cc,remote_absent.cc>
  DEPS hone_rl_base_algorithms hone_format hone_text hone_generation hone_rewards hone_rollout
       $<$<BOOL:${HONE_RPC}>:hone_rollout_rpc> $<$<BOOL:${HONE_RPC}>:hone_rewards_rpc>)

hone_executable(hone
  SOURCES cli/cli.cc cli/eval.cc cli/generate.cc cli/hone_main.cc cli/loaded_model.cc cli/model_commands.cc cli/report.cc
          cli/score.cc cli/text_commands.cc $<IF:$<BOOL:${HONE_RPC}>,cli/servers.cc,cli/servers_absent.cc>
  DEPS hone_rl_base CLI11::CLI11)
target_compile_definitions(hone PRIVATE HONE_VERSION="${PROJECT_VERSION}")

if(HONE_LEARNER)
  hone_library(hone_rl
    SOURCES learner.cc reference_policy.cc trainer.cc
    DEPS hone_rl_base hone_rl_algorithms hone_policy)
  hone_executable(hone-train
    SOURCES cli/cli.cc cli/hone_train_main.cc cli/train.cc
    DEPS hone_rl CLI11::CLI11)
endif()
