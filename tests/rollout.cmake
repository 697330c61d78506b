hone_test(rollout_test
  SOURCES rollout/engine_queue_test.cc rollout/local_rollout_test.cc rollout/sealed_memory_test.cc rollout/weight_transfer_test.cc
  DEPS hone_rollout LABELS unit)
if(HONE_RPC)
  hone_test(rollout_rpc_test
    SOURCES rollout/remote_rollout_test.cc rollout/remote_failure_test.cc rollout/remote_generator_test.cc
            rollout/rollout_server_test.cc rollout/worker_client_test.cc
    DEPS hone_rollout_rpc hone_rpc LABELS rpc)
  hone_executable(bench_weights SOURCES bench/weight_transfer_bench.cc DEPS hone_rollout_rpc hone_rpc)
endif()
