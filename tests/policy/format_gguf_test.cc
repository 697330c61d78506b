#include "policy/format/gguf.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "policy/format/gguf_import.h"
#include "proto/base/file.h"
#include "proto/base/random.h"
#include "tests/policy/format_test_support.h"

namespace hone {
namespace {

using test::Bytes;
using test::expect_error;
constexpr auto kInvalid = ErrorCode::invalid_argument;
constexpr auto kLoss = ErrorCode::data_loss;

class GgufWriter {
 public:
  GgufWriter& key(std::string_view name, uint32_t type) {
    string(metadata_, name);
    metadata_.add(type);
    ++keys_;
    return *this;
  }
  GgufWriter& text(std::string_view name, std::string_view value) {
    key(name, 8);
    string(metadata_, value);
    return *this;
  }
  template <class T>
  GgufWriter& value(T v) {
    metadata_.add(v);
    return *this;
  }
  GgufWriter& tensor(std::string_view name, const std::vector<uint64_t>& extents, uint32_t type, uint64_t offset) {
    string(tensors_, name);
    tensors_.add(static_cast<uint32_t>(extents.size()));
    for (const uint64_t extent : extents) tensors_.add(extent);
    tensors_.add(type).add(offset);
    ++count_;
    return *this;
  }
  std::string bytes(std::size_t data_bytes, uint32_t version = 3) const {
    std::string out = Bytes()
                          .add_text("GGUF")
                          .add(version)
                          .add(count_)
                          .add(keys_)
                          .add_text(metadata_.str())
                          .add_text(tensors_.str())
                          .str();
    out.resize((out.size() + 31) / 32 * 32 + data_bytes, '\0');
    return out;
  }

 private:
  static void string(Bytes& to, std::string_view text) { to.add<uint64_t>(text.size()).add_text(text); }
  Bytes metadata_, tensors_;
  uint64_t keys_ = 0, count_ = 0;
};

class Gguf : public testing::Test {
 protected:
  void open(const std::string& bytes) {
    test::write_bytes(path_, bytes);
    GgufFile file(path_);
  }
  void expect_refused(ErrorCode code, const std::string& part, const std::string& bytes) {
    expect_error(code, part, [&] { open(bytes); });
  }
  TemporaryFolder dir_;
  std::filesystem::path path_ = dir_ / "m.gguf";
};

TEST_F(Gguf, ReadsEveryValueType) {
  GgufWriter writer;
  writer.key("u8", 0)
      .value<uint8_t>(200)
      .key("i8", 1)
      .value<int8_t>(-3)
      .key("u16", 2)
      .value<uint16_t>(60000)
      .key("i16", 3)
      .value<int16_t>(-5);
  writer.key("u32", 4)
      .value<uint32_t>(4000000000u)
      .key("i32", 5)
      .value<int32_t>(-7)
      .key("f32", 6)
      .value(1.5f)
      .key("bool", 7)
      .value<uint8_t>(1);
  writer.text("text", "hi")
      .key("u64", 10)
      .value<uint64_t>(uint64_t{1} << 40)
      .key("i64", 11)
      .value<int64_t>(-9)
      .key("f64", 12)
      .value(2.5);
  writer.key("list", 9).value<uint32_t>(5).value<uint64_t>(2).value<int32_t>(4).value<int32_t>(-4);
  test::write_bytes(path_, writer.tensor("w", {2, 3}, 0, 0).bytes(24, 2));
  const GgufFile file(path_);
  EXPECT_EQ(file.integer("u8"), 200);
  EXPECT_EQ(file.integer("i8"), -3);
  EXPECT_EQ(file.integer("u16"), 60000);
  EXPECT_EQ(file.integer("i16"), -5);
  EXPECT_EQ(file.integer("u32"), 4000000000);
  EXPECT_EQ(file.integer("i32"), -7);
  EXPECT_EQ(file.integer("u64"), int64_t{1} << 40);
  EXPECT_EQ(file.integer("i64"), -9);
  EXPECT_EQ(file.number_or("f32", 0), 1.5);
  EXPECT_EQ(file.number_or("f64", 0), 2.5);
  EXPECT_TRUE(file.boolean_or("bool", false));
  EXPECT_EQ(file.text("text"), "hi");
  EXPECT_EQ(*file.array<int64_t>("list"), (std::vector<int64_t>{4, -4}));
  EXPECT_EQ(file.array<int64_t>("absent"), nullptr);
  EXPECT_EQ(file.find("w")->shape, (std::vector<int64_t>{3, 2}));
  EXPECT_EQ(file.read(*file.find("w")), std::vector<float>(6, 0.0f));
  expect_error(kInvalid, "metadata text", [&] { file.integer("text"); });
  expect_error(kInvalid, "metadata list", [&] { file.array<double>("list"); });
  expect_error(kInvalid, "metadata absent is missing", [&] { file.integer("absent"); });
}

TEST_F(Gguf, HostileHeader) {
  expect_refused(kInvalid, "not a GGUF file", std::string(64, 'x'));
  expect_refused(kLoss, "magic", "GG");
  expect_refused(ErrorCode::unimplemented, "version 1", GgufWriter().bytes(0, 1));
  const auto header = [](uint64_t tensors, uint64_t keys) {
    return Bytes().add_text("GGUF").add<uint32_t>(3).add(tensors).add(keys).str();
  };
  expect_refused(kLoss, "metadata", header(0, std::numeric_limits<uint64_t>::max()));
  expect_refused(kLoss, "tensor table", header(uint64_t{1} << 60, 0));
}

TEST_F(Gguf, HostileMetadata) {
  constexpr uint64_t kHuge = std::numeric_limits<uint64_t>::max() / 2;
  expect_refused(kLoss, "general.name", GgufWriter().key("general.name", 8).value(kHuge).bytes(0));
  expect_refused(kLoss, "list", GgufWriter().key("list", 9).value<uint32_t>(5).value(kHuge).bytes(0));
  expect_refused(kLoss, "list", GgufWriter().key("list", 9).value<uint32_t>(8).value<uint64_t>(1000).bytes(64));
  expect_refused(ErrorCode::unimplemented, "nested",
                 GgufWriter().key("list", 9).value<uint32_t>(9).value<uint64_t>(1).bytes(64));
  expect_refused(kInvalid, "unknown type 13", GgufWriter().key("k", 13).bytes(64));
  expect_refused(kInvalid, "k occurs twice", GgufWriter().text("k", "").text("k", "").bytes(0));
  expect_refused(kInvalid, "too large",
                 GgufWriter().key("k", 10).value<uint64_t>(kHuge + 10).value(uint64_t{0}).bytes(0));
  expect_refused(kInvalid, "general.alignment 7", GgufWriter().key("general.alignment", 4).value<uint32_t>(7).bytes(0));
  expect_refused(kInvalid, "general.alignment 0", GgufWriter().key("general.alignment", 4).value<uint32_t>(0).bytes(0));
}

TEST_F(Gguf, HostileTensors) {
  expect_refused(kInvalid, "0 dimensions", GgufWriter().tensor("w", {}, 0, 0).bytes(64));
  expect_refused(kInvalid, "5 dimensions", GgufWriter().tensor("w", {1, 1, 1, 1, 1}, 0, 0).bytes(64));
  expect_refused(kInvalid, "extent 0", GgufWriter().tensor("w", {0}, 0, 0).bytes(64));
  expect_refused(kInvalid, "does not fit a file",
                 GgufWriter().tensor("w", {uint64_t{1} << 40, uint64_t{1} << 40}, 0, 0).bytes(64));
  expect_refused(kLoss, "needs 128 bytes at offset 0, the data section has 64",
                 GgufWriter().tensor("w", {32}, 0, 0).bytes(64));
  expect_refused(kLoss, "offset 18446744073709551584", GgufWriter().tensor("w", {32}, 0, uint64_t{0} - 32).bytes(128));
  expect_refused(kInvalid, "not a multiple of the alignment", GgufWriter().tensor("w", {8}, 0, 4).bytes(64));
  expect_refused(kInvalid, "no whole Q8_0 blocks of 32", GgufWriter().tensor("w", {33}, 8, 0).bytes(128));
  expect_refused(ErrorCode::unimplemented, "tensor w has unknown type 99",
                 GgufWriter().tensor("w", {8}, 99, 0).bytes(64));
  expect_refused(kInvalid, "a and b overlap", GgufWriter().tensor("b", {16}, 0, 32).tensor("a", {16}, 0, 0).bytes(128));
  expect_refused(kInvalid, "w occurs twice", GgufWriter().tensor("w", {8}, 0, 0).tensor("w", {8}, 0, 32).bytes(64));
}

TEST_F(Gguf, UnreadableTypeNamesItself) {
  test::write_bytes(path_, GgufWriter().tensor("w", {256}, 14, 0).bytes(210));
  const GgufFile file(path_);
  expect_error(ErrorCode::unimplemented, "tensor w has type Q6_K", [&] { file.read(*file.find("w")); });
}

/// A real file, cut at many places and with random bytes changed: an Error or a result, never a crash.
TEST_F(Gguf, DamagedFilesNeverCrash) {
  const auto original = test::reference_dir() / "gguf" / "llama_q8_0.gguf";
  if (!std::filesystem::exists(original)) GTEST_SKIP() << original << " is not there";
  const std::string whole = read_file(original);
  int refused = 0;
  const auto attempt = [&](const std::string& bytes) {
    test::write_bytes(path_, bytes);
    try {
      const GgufFile file(path_);
      ImportReport report;
      report.config = gguf_model_config(file);
      gguf_tokenizer_files(file, report);
      gguf_weights(file, report.config);
    } catch (const Error&) {
      ++refused;
    }
  };
  for (std::size_t length = 0; length < whole.size(); length += 613) {
    attempt(whole.substr(0, length));
  }
  EXPECT_EQ(refused, static_cast<int>((whole.size() + 612) / 613)) << "a truncated file was taken for whole";
  PhiloxStream rng(11);
  for (int round = 0; round < 300; ++round) {
    std::string damaged = whole;
    for (int i = 0; i < 3; ++i) damaged[rng.next_below(9000)] = static_cast<char>(rng.next_u32());
    attempt(damaged);
  }
}

}  // namespace
}  // namespace hone
