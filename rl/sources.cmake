include(${CMAKE_CURRENT_LIST_DIR}/algorithms.cmake)
include(${CMAKE_CURRENT_LIST_DIR}/data/data.cmake)

# Runs without LibTorch: configuration, data, collecting groups, evaluation, records, checkpoints, report.
hone_library(hone_rl_base
  SOURCES budget_forcing.cc chat_pieces.cc checkpoint.cc collected_steps.cc compare/compare.cc compare/config.cc compare/constant_rules.cc
          compare/final_eval.cc compare/html_report.cc compare/plan.cc compare/results.cc compare/run_records.cc compare/seed_statistics.cc
          compare/runner.cc compare/svg_plot.cc compare/table.cc completion_record.cc compute_curve.cc config.cc cost_section.cc
          dataset.cc distill_config.cc dynamic_sampling.cc energy_meter.cc evaluator.cc flops.cc generation_config.cc generation_eval.cc
          group_rewards.cc grpo_section.cc ledger.cc lenient_reward.cc line_chart.cc metrics.cc micro_batch.cc pipeline.cc plan.cc
          problem_stream.cc progress.cc prompt_frame.cc rejection.cc report.cc run_folder.cc run_monitor.cc sample_metrics.cc session.cc
          sft_batches.cc sft_config.cc sft_data.cc stages/stage_plan.cc stages/stage_runner.cc step_collector.cc training_run.cc
          ${hone_rl_data_sources} $<IF:$<BOOL:${HONE_RPC}>,remote.cc,remote_absent.cc>
  DEPS hone_rl_base_algorithms hone_chat hone_format hone_text hone_generation hone_rewards hone_rollout
       $<$<BOOL:${HONE_RPC}>:hone_rollout_rpc> $<$<BOOL:${HONE_RPC}>:hone_rewards_rpc>
  PRIVATE_DEPS PkgConfig::ICU)
hone_reuse_common_pch(hone_rl_base)

hone_executable(hone
  SOURCES cli/cli.cc cli/compare.cc cli/data.cc cli/data_check.cc cli/data_make.cc cli/eval.cc cli/generate.cc cli/hone_main.cc
          cli/loaded_model.cc cli/model_commands.cc cli/pipeline.cc cli/report.cc cli/reward_option.cc
          cli/score.cc cli/score_math.cc cli/text_commands.cc cli/tokenizer.cc
          $<IF:$<BOOL:${HONE_RPC}>,cli/servers.cc,cli/servers_absent.cc>
  DEPS hone_rl_base CLI11::CLI11)
hone_install_program(hone)
set_source_files_properties(cli/hone_main.cc PROPERTIES COMPILE_DEFINITIONS HONE_VERSION="${PROJECT_VERSION}")
hone_optimise(hone 1)
target_precompile_headers(hone PRIVATE <CLI/CLI.hpp> <nlohmann/json.hpp>)

if(HONE_LEARNER)
  hone_library(hone_rl
    SOURCES distill_learner.cc distill_trainer.cc learner.cc reference_policy.cc sft_learner.cc sft_trainer.cc trained_policy.cc trainer.cc
    DEPS hone_rl_base hone_rl_algorithms hone_policy)
  hone_reuse_torch_pch(hone_rl)
  set_source_files_properties(distill_trainer.cc sft_trainer.cc trainer.cc PROPERTIES SKIP_PRECOMPILE_HEADERS ON)
  hone_executable(hone-train
    SOURCES cli/cli.cc cli/distill.cc cli/hone_train_main.cc cli/sft.cc cli/train.cc
    DEPS hone_rl CLI11::CLI11)
  hone_optimise(hone-train 1)
  target_precompile_headers(hone-train REUSE_FROM hone)
  hone_install_program(hone-train)
endif()
