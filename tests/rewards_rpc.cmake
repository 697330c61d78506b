# The reward server and its client, in one process and as processes of their own.
if(HONE_RPC)
  hone_test(reward_rpc_test
    SOURCES rewards/reward_call_test.cc rewards/reward_metrics_test.cc rewards/reward_request_test.cc
            rewards/reward_server_test.cc rewards/score_queue_test.cc rewards/server_pool_test.cc rewards/slow_samples_test.cc
    DEPS hone_rewards_rpc hone_rpc
    LABELS rpc rewards)
  hone_executable(gated_reward_server
    SOURCES rewards/gated_reward_server.cc "${PROJECT_SOURCE_DIR}/rl/cli/cli.cc"
    DEPS hone_kernels hone_rewards_rpc CLI11::CLI11)
  set_target_properties(gated_reward_server PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/tests")
  hone_test(reward_process_test
    SOURCES rewards/reward_process_test.cc
    DEPS hone_rewards_rpc hone_rpc
    LABELS rpc rewards)
  add_dependencies(reward_process_test hone gated_reward_server)
  hone_executable(bench_reward_server SOURCES bench/reward_server_bench.cc DEPS hone_rewards_rpc)
  target_compile_definitions(bench_reward_server PRIVATE HONE_BINARY_DIR="${PROJECT_BINARY_DIR}")
  add_dependencies(bench_reward_server hone)
endif()
