# The reward server and its client; included by rewards/sources.cmake.
if(HONE_RPC)
  hone_library(hone_rewards_rpc
    SOURCES reward_client.cc reward_metrics.cc reward_monitor.cc reward_server.cc reward_service.cc score_queue.cc served_functions.cc
            server_pool.cc slow_samples.cc
    DEPS hone_rewards
    PRIVATE_DEPS hone_rpc PkgConfig::PROMETHEUS)
endif()
