# The reward server and its client; included by rewards/sources.cmake.
if(HONE_RPC)
  hone_library(hone_rewards_rpc
    SOURCES reward_client.cc reward_server.cc
    DEPS hone_rewards
    PRIVATE_DEPS hone_rpc)
endif()
