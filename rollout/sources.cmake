hone_library(hone_rollout
  SOURCES generator_engine.cc engine_queue.cc local_rollout.cc sealed_memory.cc weight_transfer.cc worker_info.cc
  DEPS hone_base hone_generation)
if(HONE_RPC)
  hone_library(hone_rollout_rpc
    SOURCES generation_run.cc rollout_client.cc rollout_server.cc rpc/convert.cc worker_client.cc worker_link.cc
    DEPS hone_rollout
    PRIVATE_DEPS hone_rpc)
endif()
