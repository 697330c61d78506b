// The shell around every service: errors on the wire, health, reflection, address rules, TLS.
#include "proto/rpc/server.h"

#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <new>
#include <optional>
#include <sstream>
#include <string>

#include "hone/v1/reward.grpc.pb.h"
#include "proto/rpc/channel.h"
#include "proto/rpc/status.h"
#include "tests/proto/error_of.h"
#include "tests/proto/raw_call.h"
#include "tests/proto/temporary_folder.h"
#include "tests/proto/test_certificates.h"

namespace hone {
namespace {

using testing::error_of;
using testing::raw_call;

constexpr ErrorCode kCodes[] = {ErrorCode::invalid_argument,    ErrorCode::not_found,
                                ErrorCode::failed_precondition, ErrorCode::data_loss,
                                ErrorCode::unimplemented,       ErrorCode::resource_exhausted,
                                ErrorCode::unavailable,         ErrorCode::deadline_exceeded,
                                ErrorCode::cancelled,           ErrorCode::internal};

/// Fails as its caller asks: the group id is the index of an error code, -1 for bad_alloc, -2 for a long text.
class FailingService : public v1::RewardService::Service {
 public:
  grpc::Status Score(grpc::ServerContext* context, const v1::ScoreRequest* request, v1::ScoreReply*) override {
    try {
      const int which = std::stoi(request->group().group_id());
      if (which == -1) throw std::bad_alloc();
      if (which == -2) throw Error(ErrorCode::internal, std::string(100000, 'x'));
      throw Error(kCodes[which], "text with \xff and\nnewline");
    } catch (...) {
      return to_status(std::current_exception(), *context);
    }
  }
};

Error error_from(const std::string& address, const std::string& which, const RpcSettings& settings = {}) {
  const auto stub = v1::RewardService::NewStub(make_channel(address, settings));
  grpc::ClientContext context;
  context.set_deadline(deadline_after(10.0));
  v1::ScoreRequest request;
  request.mutable_group()->set_group_id(which);
  v1::ScoreReply reply;
  const grpc::Status status = stub->Score(&context, request, &reply);
  return from_status(status, context, address, "Score");
}

TEST(RpcServer, ErrorsKeepTheirCodeAndText) {
  FailingService service;
  RpcServer server({}, service);
  for (int i = 0; i < 10; ++i) {
    const Error error = error_from(server.address(), std::to_string(i));
    EXPECT_EQ(error.code(), kCodes[i]);
    EXPECT_EQ(std::string(error.what()), server.address() + ": Score: text with \xff and\nnewline");
  }
  EXPECT_EQ(error_from(server.address(), "-1").code(), ErrorCode::resource_exhausted);
  EXPECT_EQ(error_from(server.address(), "-2").code(), ErrorCode::internal);
  EXPECT_LT(std::string(error_from(server.address(), "-2").what()).size(), 5000u);
  EXPECT_EQ(error_from(server.address(), "no number").code(), ErrorCode::internal);
}

TEST(RpcServer, TransportErrorsAreOutages) {
  FailingService service;
  auto server = std::make_unique<RpcServer>(RpcServerSettings{}, service);
  const std::string address = server->address();
  server.reset();
  EXPECT_EQ(error_from(address, "0").code(), ErrorCode::unavailable);
}

TEST(RpcServer, UnknownMethodIsUnimplemented) {
  FailingService service;
  RpcServer server({}, service);
  const auto stub = v1::RewardService::NewStub(make_channel(server.address(), {}));
  grpc::ClientContext context;
  v1::RewardList reply;
  const grpc::Status status = stub->ListRewards(&context, {}, &reply);
  EXPECT_EQ(from_status(status, context, "x", "ListRewards").code(), ErrorCode::unimplemented);
}

TEST(RpcServer, HealthServiceAnswersServing) {
  FailingService service;
  RpcServer server({}, service);
  std::string reply;
  const grpc::Status status = raw_call(server.address(), testing::kHealthCheck, "", &reply);
  EXPECT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(reply, testing::kServing);
  server.set_serving(false);
  EXPECT_TRUE(raw_call(server.address(), testing::kHealthCheck, "", &reply).ok());
  EXPECT_EQ(reply, testing::kNotServing);
}

TEST(RpcServer, HealthIsWatched) {
  FailingService service;
  RpcServer server({}, service);
  testing::HealthWatch watch(server.address());
  EXPECT_EQ(watch.next(), testing::kServing);
  server.set_serving(false);
  EXPECT_EQ(watch.next(), testing::kNotServing);
}

/// Refuses every call with a hint of so many milliseconds as the group id says.
class BusyService : public v1::RewardService::Service {
 public:
  grpc::Status Score(grpc::ServerContext* context, const v1::ScoreRequest* request, v1::ScoreReply*) override {
    if (!request->group().group_id().empty()) set_retry_hint(*context, std::stod(request->group().group_id()));
    return to_status(Error(ErrorCode::resource_exhausted, "full"), *context);
  }
};

TEST(RpcServer, RetryHintsReachTheClient) {
  BusyService service;
  RpcServer server({}, service);
  const auto stub = v1::RewardService::NewStub(make_channel(server.address(), {}));
  const auto hint = [&](const std::string& seconds) {
    grpc::ClientContext context;
    v1::ScoreRequest request;
    request.mutable_group()->set_group_id(seconds);
    v1::ScoreReply reply;
    const grpc::Status status = stub->Score(&context, request, &reply);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
    EXPECT_EQ(from_status(status, context, "x", "Score").code(), ErrorCode::resource_exhausted);
    return retry_hint(context);
  };
  EXPECT_EQ(hint(""), std::nullopt);
  EXPECT_EQ(hint("0.25"), 0.25);
  EXPECT_EQ(hint("0"), 0.001);
  EXPECT_EQ(hint("1e9"), 60.0);
}

TEST(RpcServer, StatusNames) {
  EXPECT_EQ(status_name(grpc::StatusCode::OK), "OK");
  EXPECT_EQ(status_name(grpc::StatusCode::DEADLINE_EXCEEDED), "DEADLINE_EXCEEDED");
  EXPECT_EQ(status_name(grpc::StatusCode::UNAUTHENTICATED), "UNAUTHENTICATED");
  EXPECT_EQ(status_name(static_cast<grpc::StatusCode>(99)), "UNKNOWN");
}

TEST(RpcServer, ReflectionServiceIsThere) {
  FailingService service;
  RpcServer server({}, service);
  std::string reply;
  // ServerReflectionRequest{list_services: "*"}, one message on the stream.
  raw_call(server.address(), "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
           std::string("\x3a\x01*", 3), &reply);
  EXPECT_NE(reply.find("hone.v1.RewardService"), std::string::npos);
}

TEST(RpcServer, AddressRules) {
  FailingService service;
  for (const char* open : {"0.0.0.0:0", "[::]:0", "10.1.2.3:0", "myhost:0"})
    EXPECT_EQ(error_of([&] { RpcServer server({.address = open}, service); }), ErrorCode::invalid_argument) << open;
  RpcServer first({}, service);
  std::string text;
  EXPECT_EQ(error_of([&] { RpcServer second({.address = first.address()}, service); }, &text),
            ErrorCode::invalid_argument);
  EXPECT_NE(text.find("in use"), std::string::npos) << text;
}

TEST(RpcServer, ServeUntilPrintsTheAddress) {
  std::ostringstream out;
  serve_until(true, "127.0.0.1:7", out);
  EXPECT_EQ(out.str(), "listening on 127.0.0.1:7\n");
}

class MutualTls : public ::testing::Test {
 protected:
  void SetUp() override {
    const std::optional<TlsFiles> made = testing::make_certificates(folder_);
    if (!made) GTEST_SKIP() << "no openssl program to make certificates with";
    tls_ = *made;
  }
  TemporaryFolder folder_;
  TlsFiles tls_;
};

TEST_F(MutualTls, BothSidesMustHaveCertificates) {
  FailingService service;
  RpcServer server({.address = "0.0.0.0:0", .tls = tls_}, service);  // with TLS an open address is fine
  const std::string address = "127.0.0.1" + server.address().substr(server.address().rfind(':'));
  EXPECT_EQ(error_from(address, "0", {.tls = tls_}).code(), ErrorCode::invalid_argument);
  EXPECT_EQ(error_from(address, "0").code(), ErrorCode::unavailable);
  const TlsFiles stranger = *testing::make_certificates(folder_, "stranger");
  EXPECT_EQ(error_from(address, "0", {.tls = stranger}).code(), ErrorCode::unavailable);
  const TlsFiles trusting{stranger.certificate, stranger.key, tls_.ca};  // trusts the server, is not trusted by it
  EXPECT_EQ(error_from(address, "0", {.tls = trusting}).code(), ErrorCode::unavailable);
}

TEST_F(MutualTls, MissingFilesAreNamed) {
  FailingService service;
  TlsFiles absent = tls_;
  absent.key = folder_ / "absent.key";
  std::string text;
  EXPECT_EQ(error_of([&] { RpcServer server({.tls = absent}, service); }, &text), ErrorCode::not_found);
  EXPECT_NE(text.find("absent.key"), std::string::npos) << text;
  EXPECT_EQ(error_of([&] { make_channel("127.0.0.1:1", {.tls = absent}); }), ErrorCode::not_found);
}

}  // namespace
}  // namespace hone
