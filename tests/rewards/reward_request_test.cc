// Requests that no client of ours would send: each gets a clear status, and the server goes on.
#include <gtest/gtest.h>

#include <string>

#include "hone/v1/reward.grpc.pb.h"
#include "proto/base/json.h"
#include "proto/rpc/channel.h"
#include "proto/rpc/convert.h"
#include "rewards/reward_server.h"
#include "tests/proto/raw_call.h"
#include "tests/rewards/rpc_fixture.h"
#include "tests/rewards/test_group.h"

namespace hone {
namespace {

using namespace hone::testing;

class RewardRequest : public ::testing::Test {
 protected:
  grpc::Status send(const std::string& bytes, v1::ScoreReply* reply = nullptr) {
    grpc::ClientContext context;
    std::string answer;
    const grpc::Status status = raw_call(unlimited_channel(), context, "/hone.v1.RewardService/Score", bytes, &answer);
    if (reply != nullptr) {
      EXPECT_TRUE(status.ok()) << status.error_message();
      EXPECT_TRUE(reply->ParseFromString(answer));
    }
    return status;
  }
  grpc::Status send(const v1::ScoreRequest& request, v1::ScoreReply* reply = nullptr) {
    return send(request.SerializeAsString(), reply);
  }
  void expect_invalid(const grpc::Status& status, const std::string& part) {
    EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT) << status.error_message();
    EXPECT_NE(status.error_message().find(part), std::string::npos) << status.error_message();
  }
  /// The server is well.
  void TearDown() override {
    v1::ScoreReply reply;
    send(request_of(2), &reply);
    ASSERT_EQ(reply.rewards_size(), 2);
    EXPECT_EQ(reply.rewards(0).score(), 1.0);
  }
  static v1::ScoreRequest request_of(int completions) {
    v1::ScoreRequest request;
    to_message(group_of("12", std::vector<Completion>(static_cast<std::size_t>(completions), completion_of("so 12"))),
               *request.mutable_group());
    return request;
  }

 private:
  /// No limit on what it sends: other people's clients have none.
  std::shared_ptr<grpc::Channel> unlimited_channel() {
    grpc::ChannelArguments arguments;
    arguments.SetMaxSendMessageSize(-1);
    return grpc::CreateCustomChannel(server_.address(), grpc::InsecureChannelCredentials(), arguments);
  }

  std::unique_ptr<Rewarder> rewarder_ =
      make_local_rewarder(Json::parse(R"([{"name": "numeric"}, {"name": "format", "weight": 0}])"), "test");
  RewardServer server_{*rewarder_, {.max_concurrent = 1}};
};

TEST_F(RewardRequest, NoBytesAreAnEmptyGroup) {
  v1::ScoreReply reply;
  send("", &reply);
  EXPECT_EQ(reply.rewards_size(), 0);
}

TEST_F(RewardRequest, NoCompletions) {
  v1::ScoreReply reply;
  send(request_of(0), &reply);
  EXPECT_EQ(reply.rewards_size(), 0);
}

TEST_F(RewardRequest, BrokenBytes) {
  expect_invalid(send(std::string("\xff\xff\xff\xff")), "ScoreRequest");
  expect_invalid(send(request_of(3).SerializeAsString().substr(0, 20)), "ScoreRequest");
  expect_invalid(send(std::string(1 << 20, '\x0b')), "ScoreRequest");
}

TEST_F(RewardRequest, InvalidUtf8IsFineInTextsAndRefusedInIds) {
  v1::ScoreRequest request = request_of(1);
  request.mutable_group()->mutable_completions(0)->set_text("\xff\xfe 12");
  request.mutable_group()->mutable_problem()->set_prompt("\x80");
  v1::ScoreReply reply;
  send(request, &reply);
  EXPECT_EQ(reply.rewards(0).score(), 1.0);
  request.mutable_group()->set_group_id("??");
  std::string bytes = request.SerializeAsString();
  bytes.replace(bytes.find("??"), 2, "\xff\xfe");
  expect_invalid(send(bytes), "UTF-8");
}

TEST_F(RewardRequest, ListsOfDifferentLengthsAndUnknownValues) {
  v1::ScoreRequest request = request_of(1);
  request.mutable_group()->set_group_id("3/4");
  request.mutable_group()->mutable_completions(0)->add_logprobs(1.0f);
  expect_invalid(send(request), "group '3/4'");
  expect_invalid(send(request), "1 logprobs");
  request = request_of(1);
  request.mutable_group()->mutable_completions(0)->set_finish_reason(static_cast<v1::FinishReason>(77));
  expect_invalid(send(request), "unknown value 77");
  request = request_of(1);
  request.mutable_group()->mutable_completions(0)->mutable_reward()->set_outcome(static_cast<v1::Outcome>(-5));
  expect_invalid(send(request), "outcome");
}

TEST_F(RewardRequest, OtherFunctions) {
  v1::ScoreRequest request = request_of(1);
  request.add_functions()->set_name("numeric");
  const grpc::Status status = send(request);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_NE(status.error_message().find("format (weight 0"), std::string::npos) << status.error_message();
}

TEST_F(RewardRequest, TenThousandCompletions) {
  v1::ScoreReply reply;
  send(request_of(10'000), &reply);
  ASSERT_EQ(reply.rewards_size(), 10'000);
  for (const v1::Reward& reward : reply.rewards()) ASSERT_EQ(reward.score(), 1.0);
}

TEST_F(RewardRequest, MoreCompletionsThanMemoryAllowsFor) {
  v1::ScoreRequest request;
  for (int i = 0; i < 300'000; ++i) request.mutable_group()->add_completions();
  expect_invalid(send(request), "262144 parts");
}

TEST_F(RewardRequest, HugeTexts) {
  v1::ScoreRequest request = request_of(2);
  for (v1::Completion& completion : *request.mutable_group()->mutable_completions())
    *completion.mutable_text() = std::string(4 << 20, '1') + " 12";
  v1::ScoreReply reply;
  send(request, &reply);
  EXPECT_EQ(reply.rewards_size(), 2);
  *request.mutable_group()->mutable_problem()->mutable_reference() = std::string(60 << 20, '(');
  const grpc::Status status = send(request);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_NE(status.error_message().find("larger than max"), std::string::npos) << status.error_message();
}

}  // namespace
}  // namespace hone
