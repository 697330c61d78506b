# hone_proto: generated messages and services (in the build tree). hone_rpc: conversions, errors, channels, servers.
set(_hone_proto_dir "${PROJECT_BINARY_DIR}/generated")
file(MAKE_DIRECTORY "${_hone_proto_dir}")
set(_hone_protos hone/v1/trace.proto hone/v1/rollout.proto hone/v1/reward.proto)
list(TRANSFORM _hone_protos PREPEND "${CMAKE_CURRENT_SOURCE_DIR}/")

add_library(hone_proto STATIC ${_hone_protos})
protobuf_generate(TARGET hone_proto LANGUAGE cpp IMPORT_DIRS "${CMAKE_CURRENT_SOURCE_DIR}"
                  PROTOC_OUT_DIR "${_hone_proto_dir}")
protobuf_generate(TARGET hone_proto LANGUAGE grpc IMPORT_DIRS "${CMAKE_CURRENT_SOURCE_DIR}"
                  PROTOC_OUT_DIR "${_hone_proto_dir}" GENERATE_EXTENSIONS .grpc.pb.h .grpc.pb.cc
                  PLUGIN "protoc-gen-grpc=$<TARGET_FILE:gRPC::grpc_cpp_plugin>")
target_include_directories(hone_proto SYSTEM PUBLIC "${_hone_proto_dir}")
target_link_libraries(hone_proto PUBLIC protobuf::libprotobuf gRPC::grpc++)
target_compile_options(hone_proto PRIVATE -w)
set_target_properties(hone_proto PROPERTIES CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON
                                            POSITION_INDEPENDENT_CODE ON)
if(HONE_SANITIZE)
  target_compile_options(hone_proto PUBLIC -fsanitize=${HONE_SANITIZE} -fno-omit-frame-pointer)
  target_link_options(hone_proto PUBLIC -fsanitize=${HONE_SANITIZE})
endif()

hone_library(hone_rpc
  SOURCES rpc/channel.cc rpc/convert.cc rpc/decode.cc rpc/endpoint.cc rpc/retry.cc rpc/server.cc rpc/status.cc
  DEPS hone_base hone_proto
  PRIVATE_DEPS gRPC::grpc++_reflection)
