#include "proto/rpc/decode.h"

#include <gtest/gtest.h>

#include <string>

#include "hone/v1/reward.pb.h"
#include "proto/rpc/endpoint.h"
#include "tests/proto/error_of.h"
#include "tests/proto/raw_call.h"

namespace hone {
namespace {

using testing::error_of;
using testing::to_buffer;
using testing::to_bytes;

v1::ScoreRequest request_with(int completions) {
  v1::ScoreRequest request;
  request.mutable_group()->set_group_id("1/2");
  request.mutable_group()->mutable_problem()->set_prompt("\xff\xfe");
  for (int i = 0; i < completions; ++i) {
    v1::Completion& completion = *request.mutable_group()->add_completions();
    completion.set_text("text \x80");
    completion.add_token_ids(i);
  }
  return request;
}

std::string error_text(const std::string& bytes, int64_t max_parts = kMaxMessageParts) {
  v1::ScoreRequest request;
  std::string text;
  EXPECT_EQ(error_of([&] { decode(to_buffer(bytes), request, max_parts); }, &text), ErrorCode::invalid_argument);
  return text;
}

TEST(Decode, MessagesComeBackAsTheyWere) {
  for (const int completions : {0, 1, 100, 50000}) {
    const v1::ScoreRequest sent = request_with(completions);
    v1::ScoreRequest received;
    decode(encode(sent), received);
    EXPECT_EQ(received.SerializeAsString(), sent.SerializeAsString());
  }
  v1::ScoreRequest empty;
  decode(to_buffer(""), empty);
  EXPECT_FALSE(empty.has_group());
}

TEST(Decode, EveryCutIsAnErrorOrAMessage) {
  const std::string bytes = request_with(2).SerializeAsString();
  int errors = 0;
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    v1::ScoreRequest request;
    try {
      decode(to_buffer(bytes.substr(0, length)), request);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::invalid_argument);
      ++errors;
    }
  }
  EXPECT_EQ(errors, static_cast<int>(bytes.size()) - 1);  // only the empty message is one
}

TEST(Decode, EveryChangedByteIsAnErrorOrAMessage) {
  const std::string bytes = request_with(2).SerializeAsString();
  for (std::size_t i = 0; i < bytes.size(); ++i)
    for (int bit = 0; bit < 8; ++bit) {
      std::string changed = bytes;
      changed[i] = static_cast<char>(changed[i] ^ (1 << bit));
      v1::ScoreRequest walked, parsed;
      bool accepted = true;
      try {
        decode(to_buffer(changed), walked);
      } catch (const Error& error) {
        accepted = false;
      }
      EXPECT_EQ(accepted, parsed.ParseFromString(changed)) << "byte " << i << " bit " << bit;
    }
}

TEST(Decode, BrokenMessagesAreNamed) {
  EXPECT_NE(error_text("\xff\xff\xff").find("ScoreRequest"), std::string::npos);
  v1::ScoreRequest request;
  request.mutable_group()->set_group_id("??");
  std::string bytes = request.SerializeAsString();
  bytes.replace(bytes.find("??"), 2, "\xff\xfe");  // `group_id` is a string, not bytes
  EXPECT_NE(error_text(bytes).find("UTF-8"), std::string::npos);
}

TEST(Decode, PartsAreCountedBeforeTheyAreUnpacked) {
  // A group with a million empty completions: 2 MB on the wire, some 150 MB as objects.
  std::string group;
  for (int i = 0; i < 1'000'000; ++i) group.append("\x32\x00", 2);
  std::string bytes = "\x0a";
  for (std::size_t length = group.size(); length > 0; length >>= 7)
    bytes += static_cast<char>((length & 0x7f) | (length > 0x7f ? 0x80 : 0));
  EXPECT_NE(error_text(bytes + group).find("262144 parts"), std::string::npos);
  // Unknown fields cost memory too.
  std::string unknown;
  for (int i = 0; i < 300'000; ++i) unknown.append("\x7a\x00", 2);
  EXPECT_NE(error_text(unknown).find("262144 parts"), std::string::npos);
  // The group, its problem, and a completion with its ids.
  v1::ScoreRequest request;
  EXPECT_NO_THROW(decode(encode(request_with(1)), request, 7));
  EXPECT_NE(error_text(request_with(1).SerializeAsString(), 6).find("6 parts"), std::string::npos);
}

TEST(Decode, NestedGroupsAndHugeLengthsAreRefused) {
  error_text(std::string(100000, '\x0b'));                 // groups within groups, never ended
  error_text(std::string("\x0a\xff\xff\xff\xff\x0f", 6));  // a length of 4 GiB
  error_text(std::string("\x0a\xff\xff\xff\xff\xff\xff\xff\xff\x7f", 10));
  error_text(std::string("\x00\x00", 2));  // field number 0
}

}  // namespace
}  // namespace hone
