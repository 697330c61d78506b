hone_test(proto_test
  SOURCES proto/file_test.cc proto/format_test.cc proto/json_test.cc proto/new_file_test.cc proto/random_test.cc proto/thread_pool_test.cc proto/trace_test.cc
  DEPS hone_base LABELS unit)
if(HONE_RPC)
  hone_test(proto_rpc_test SOURCES proto/convert_test.cc proto/decode_test.cc proto/endpoint_test.cc proto/server_test.cc DEPS hone_rpc LABELS rpc)
endif()
