#include "rollout/weight_transfer.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>

#include "proto/base/digest.h"
#include "tests/rollout/fake_engine.h"

namespace hone {
namespace {

using testing::error_of;
using testing::make_weights;
using testing::small_tensors;

const WeightsId kId{"run", 5, 2};
const WeightsId kServing{"run", 5, 1};

std::shared_ptr<const VerifiedWeights> transfer(const WeightSender& sender, WeightReceiver& receiver) {
  receiver.begin(sender.manifest(1));
  for (std::size_t i = 0; i < sender.num_chunks(); ++i) receiver.add(sender.chunk(i));
  return receiver.commit(sender.id().version);
}

void expect_equal(const VerifiedWeights& received, const WeightSet& weights) {
  ASSERT_EQ(received.views().size(), weights.tensors.size());
  for (std::size_t i = 0; i < weights.tensors.size(); ++i) {
    EXPECT_EQ(received.views()[i].name, weights.tensors[i].name);
    EXPECT_EQ(received.views()[i].shape, weights.tensors[i].shape);
    const std::span<const float> data = received.views()[i].data;
    EXPECT_EQ(std::vector<float>(data.begin(), data.end()), weights.tensors[i].data);
  }
}

TEST(WeightTransfer, ArrivesBitForBit) {
  const std::vector<TensorSpec> specs = {{"a", {700, 1000}}, {"none", {0}}, {"b", {3}}, {"scalar", {}}};
  const WeightSet weights = make_weights(specs, 7);
  const WeightSender sender(kId, weights.views());
  EXPECT_EQ(sender.num_chunks(), 3u + 1u + 1u);  // 2.67 MiB, 12 bytes, 4 bytes
  for (std::size_t i = 0; i < sender.num_chunks(); ++i) EXPECT_LE(sender.chunk(i).data.size(), kWeightChunkBytes);
  WeightReceiver receiver(specs, kServing);
  expect_equal(*transfer(sender, receiver), weights);
}

TEST(WeightTransfer, SenderKeepsItsOwnCopy) {
  WeightSet weights = make_weights(small_tensors(), 1);
  const WeightSender sender(kId, weights.views());
  const float first = weights.tensors[0].data[0];
  weights.tensors[0].data[0] = 99.0f;
  float sent = 0;
  std::memcpy(&sent, sender.chunk(0).data.data(), sizeof sent);
  EXPECT_EQ(sent, first);
}

TEST(WeightTransfer, SenderRefusesWrongSets) {
  const std::vector<float> data(6);
  const std::vector<WeightView> short_data = {{"a", {2, 4}, data}};
  const std::vector<WeightView> twice = {{"a", {6}, data}, {"a", {6}, data}};
  const std::vector<WeightView> huge = {{"a", {int64_t{1} << 40, int64_t{1} << 40}, data}};
  const std::vector<WeightView> negative = {{"a", {-2, -3}, data}};
  for (const auto& views : {short_data, twice, huge, negative})
    EXPECT_EQ(error_of([&] { WeightSender(kId, views); }), ErrorCode::invalid_argument);
}

class Manifest : public ::testing::Test {
 protected:
  Manifest()
      : weights_(make_weights(small_tensors(), 1)), sender_(kId, weights_.views()), manifest_(sender_.manifest(1)) {}
  ErrorCode refusal() {
    WeightReceiver receiver(small_tensors(), kServing);
    return error_of([&] { receiver.begin(manifest_); }, &text_);
  }
  WeightSet weights_;
  WeightSender sender_;
  WeightManifest manifest_;
  std::string text_;
};

TEST_F(Manifest, OtherRun) {
  manifest_.weights.run_id = "other";
  EXPECT_EQ(refusal(), ErrorCode::failed_precondition);
  EXPECT_NE(text_.find("'other'"), std::string::npos) << text_;
}
TEST_F(Manifest, VersionMustRiseWithinASession) {
  for (uint64_t version : {0u, 1u}) {
    manifest_.weights.version = version;
    EXPECT_EQ(refusal(), ErrorCode::failed_precondition);
  }
}
TEST_F(Manifest, OlderSessionWasReplaced) {
  manifest_.weights = {"run", 4, 99};
  EXPECT_EQ(refusal(), ErrorCode::failed_precondition);
  EXPECT_NE(text_.find("took over"), std::string::npos) << text_;
}
TEST_F(Manifest, NewerSessionMayGoBack) {
  manifest_.weights = {"run", 6, 0};
  WeightReceiver receiver(small_tensors(), kServing);
  EXPECT_NO_THROW(receiver.begin(manifest_));
}
TEST_F(Manifest, WrongParent) {
  manifest_.parent_version = 0;
  EXPECT_EQ(refusal(), ErrorCode::failed_precondition);
}
TEST_F(Manifest, NoRunOrSession) {
  manifest_.weights.run_id.clear();
  EXPECT_EQ(refusal(), ErrorCode::invalid_argument);
  manifest_.weights = {"run", 0, 2};
  EXPECT_EQ(refusal(), ErrorCode::invalid_argument);
}
TEST_F(Manifest, NamesShapesTypesOffsets) {
  const WeightManifest good = manifest_;
  manifest_.tensors[2].name = "other";
  EXPECT_EQ(refusal(), ErrorCode::invalid_argument);
  manifest_ = good;
  manifest_.tensors[0].shape = {3, 4};
  EXPECT_EQ(refusal(), ErrorCode::invalid_argument);
  EXPECT_NE(text_.find("[3, 4]"), std::string::npos) << text_;
  manifest_ = good;
  manifest_.tensors[0].dtype = "bfloat16";
  EXPECT_EQ(refusal(), ErrorCode::invalid_argument);
  manifest_ = good;
  manifest_.tensors[2].offset = 4;
  EXPECT_EQ(refusal(), ErrorCode::data_loss);
  manifest_ = good;
  manifest_.tensors.pop_back();
  EXPECT_EQ(refusal(), ErrorCode::invalid_argument);
}

class Stream : public Manifest {
 protected:
  Stream() : receiver_(small_tensors(), kServing) {}
  WeightReceiver receiver_;
};

TEST_F(Stream, NothingBeforeTheManifest) {
  EXPECT_EQ(error_of([&] { receiver_.add(sender_.chunk(0)); }), ErrorCode::data_loss);
  EXPECT_EQ(error_of([&] { receiver_.commit(2); }), ErrorCode::data_loss);
}
TEST_F(Stream, OneManifest) {
  receiver_.begin(manifest_);
  EXPECT_EQ(error_of([&] { receiver_.begin(manifest_); }), ErrorCode::data_loss);
}
TEST_F(Stream, OrderMatters) {
  receiver_.begin(manifest_);
  EXPECT_EQ(error_of([&] { receiver_.add(sender_.chunk(1)); }), ErrorCode::data_loss);
}
TEST_F(Stream, ChunkSizes) {
  receiver_.begin(manifest_);
  const std::vector<std::byte> bytes(kWeightChunkBytes + 1);
  EXPECT_EQ(error_of([&] { receiver_.add({0, std::span(bytes)}); }), ErrorCode::data_loss);
  EXPECT_EQ(error_of([&] { receiver_.add({0, std::span(bytes).first(0)}); }), ErrorCode::data_loss);
  EXPECT_EQ(error_of([&] {
              receiver_.add({0, std::span(bytes).first(49)});
            }),
            ErrorCode::data_loss);  // tensor 0 has 48
}
TEST_F(Stream, UnalignedPiecesAreFine) {
  receiver_.begin(manifest_);
  const auto whole = sender_.chunk(0).data;
  receiver_.add({0, whole.first(5)});
  receiver_.add({5, whole.subspan(5)});
  receiver_.add(sender_.chunk(1));
  expect_equal(*receiver_.commit(2), weights_);
}
TEST_F(Stream, DataAfterTheEnd) {
  receiver_.begin(manifest_);
  receiver_.add(sender_.chunk(0));
  receiver_.add(sender_.chunk(1));
  EXPECT_EQ(error_of([&] { receiver_.add({60, sender_.chunk(1).data}); }), ErrorCode::data_loss);
}
TEST_F(Stream, CommitTooEarlyOrForAnotherVersion) {
  receiver_.begin(manifest_);
  receiver_.add(sender_.chunk(0));
  EXPECT_EQ(error_of([&] { receiver_.commit(2); }), ErrorCode::data_loss);
  receiver_.add(sender_.chunk(1));
  EXPECT_EQ(error_of([&] { receiver_.commit(3); }), ErrorCode::data_loss);
}
TEST_F(Stream, FlippedBitIsFound) {
  receiver_.begin(manifest_);
  std::vector<std::byte> bytes(sender_.chunk(0).data.begin(), sender_.chunk(0).data.end());
  bytes[17] ^= std::byte{1};
  EXPECT_EQ(error_of([&] { receiver_.add({0, bytes}); }, &text_), ErrorCode::data_loss);
  EXPECT_NE(text_.find("checksum of embed"), std::string::npos) << text_;
}
TEST_F(Stream, NotFiniteIsFound) {
  for (float bad : {std::numeric_limits<float>::quiet_NaN(), INFINITY, -INFINITY}) {
    WeightSet weights = make_weights(small_tensors(), 1);
    weights.tensors[2].data[1] = bad;
    const WeightSender sender(kId, weights.views());
    WeightReceiver receiver(small_tensors(), kServing);
    EXPECT_EQ(error_of([&] { transfer(sender, receiver); }, &text_), ErrorCode::invalid_argument);
    EXPECT_NE(text_.find("norm element 1"), std::string::npos) << text_;
  }
}
class SharedTransfer : public Stream {
 protected:
  SharedTransfer() { manifest_ = sender_.manifest(1, true); }
  SealedMemory open() { return SealedMemory::open(*manifest_.shared); }
};

TEST_F(SharedTransfer, ArrivesBitForBitWithoutACopy) {
  receiver_.begin(manifest_);
  SealedMemory memory = open();
  const void* const mapped = memory.data().data();
  receiver_.add_shared(std::move(memory));
  const auto received = receiver_.commit(2);
  expect_equal(*received, weights_);
  EXPECT_EQ(static_cast<const void*>(received->views()[0].data.data()), mapped);
}
TEST_F(SharedTransfer, OutlivesItsSender) {
  auto sender = std::make_unique<WeightSender>(kId, weights_.views());
  const WeightManifest manifest = sender->manifest(1, true);
  receiver_.begin(manifest);
  receiver_.add_shared(SealedMemory::open(*manifest.shared));
  sender.reset();
  expect_equal(*receiver_.commit(2), weights_);
}
TEST_F(SharedTransfer, WrongSizeOrChecksum) {
  const std::vector<std::byte> eight(8);
  const std::span<const std::byte> parts[] = {eight};
  const SealedMemory other(parts);
  receiver_.begin(manifest_);
  EXPECT_EQ(error_of([&] { receiver_.add_shared(SealedMemory::open(other.name())); }), ErrorCode::data_loss);
  manifest_.tensors[2].checksum ^= 1;
  WeightReceiver receiver(small_tensors(), kServing);
  receiver.begin(manifest_);
  EXPECT_EQ(error_of([&] { receiver.add_shared(open()); }, &text_), ErrorCode::data_loss);
  EXPECT_NE(text_.find("checksum of norm"), std::string::npos) << text_;
}
TEST_F(SharedTransfer, OutOfOrder) {
  EXPECT_EQ(error_of([&] { receiver_.add_shared(open()); }), ErrorCode::data_loss);
  receiver_.begin(manifest_);
  EXPECT_EQ(error_of([&] { receiver_.commit(2); }), ErrorCode::data_loss);
  EXPECT_EQ(error_of([&] { receiver_.add(sender_.chunk(0)); }), ErrorCode::data_loss);
  receiver_.add_shared(open());
  EXPECT_EQ(error_of([&] { receiver_.add_shared(open()); }), ErrorCode::data_loss);
  EXPECT_EQ(error_of([&] { receiver_.commit(3); }), ErrorCode::data_loss);
  WeightReceiver receiver(small_tensors(), kServing);
  receiver.begin(sender_.manifest(1));
  EXPECT_EQ(error_of([&] { receiver.add_shared(open()); }), ErrorCode::data_loss);
}
TEST_F(SharedTransfer, NotFiniteIsFound) {
  weights_.tensors[0].data[3] = INFINITY;
  const WeightSender sender(kId, weights_.views());
  const WeightManifest manifest = sender.manifest(1, true);
  receiver_.begin(manifest);
  EXPECT_EQ(error_of([&] { receiver_.add_shared(SealedMemory::open(*manifest.shared)); }), ErrorCode::invalid_argument);
}

TEST(RequireFinite, TakesExtremes) {
  const std::vector<float> values = {0.0f, -0.0f, std::numeric_limits<float>::max(),
                                     std::numeric_limits<float>::denorm_min()};
  EXPECT_NO_THROW(require_finite("w", values));
}

}  // namespace
}  // namespace hone
