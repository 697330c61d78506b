#include "policy/format/safetensors.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "proto/base/file.h"
#include "tests/policy/format_test_support.h"

namespace hone {
namespace {

using test::expect_error;
using test::write_bytes;

std::string file_bytes(const std::string& header, std::size_t data_bytes) {
  return test::Bytes().add<uint64_t>(header.size()).add_text(header).add_text(std::string(data_bytes, '\0')).str();
}

class Safetensors : public testing::Test {
 protected:
  void open(const std::string& bytes) {
    write_bytes(path_, bytes);
    SafetensorsFile file(path_);
  }
  void expect_refused(ErrorCode code, const std::string& part, const std::string& header, std::size_t data_bytes) {
    expect_error(code, part, [&] { open(file_bytes(header, data_bytes)); });
  }
  TemporaryFolder dir_;
  std::filesystem::path path_ = dir_ / "model.safetensors";
};

constexpr auto kInvalid = ErrorCode::invalid_argument;
const char* const kTwo =
    R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"BF16","shape":[1,2],"data_offsets":[8,12]}})";

TEST_F(Safetensors, ReadsWhatIsThere) {
  open(file_bytes(kTwo, 12));
  const SafetensorsFile file(path_);
  ASSERT_EQ(file.entries().size(), 2u);
  EXPECT_EQ(file.find("b")->shape, (std::vector<int64_t>{1, 2}));
  EXPECT_EQ(file.find("b")->bytes, 4u);
  EXPECT_EQ(file.find("c"), nullptr);
  EXPECT_EQ(list_tensors(path_)[0].file, "model.safetensors");
}

TEST_F(Safetensors, EveryTruncationIsAnError) {
  const std::string whole = file_bytes(kTwo, 12);
  for (std::size_t length = 0; length < whole.size(); ++length)
    expect_error(ErrorCode::data_loss, "the file has", [&] { open(whole.substr(0, length)); });
  expect_error(ErrorCode::data_loss, "describes 12 bytes of data, the file has 11",
               [&] { open(whole.substr(0, whole.size() - 1)); });
  expect_error(kInvalid, "1 bytes after the last tensor", [&] { open(whole + "x"); });
}

TEST_F(Safetensors, LyingHeaderLength) {
  expect_error(kInvalid, "above the limit",
               [&] { open(test::Bytes().add(std::numeric_limits<uint64_t>::max()).add_text("{}").str()); });
  expect_error(ErrorCode::data_loss, "the header needs 1008 bytes",
               [&] { open(test::Bytes().add<uint64_t>(1000).add_text("{}").str()); });
  expect_error(kInvalid, "not valid JSON", [&] { open(test::Bytes().add<uint64_t>(1).add_text("{}").str()); });
}

TEST_F(Safetensors, LyingEntries) {
  const auto one = [](const std::string& dtype, const std::string& shape, const std::string& offsets) {
    return R"({"a":{"dtype":")" + dtype + R"(","shape":)" + shape + R"(,"data_offsets":)" + offsets + "}}";
  };
  expect_refused(kInvalid, "need 8 bytes, data_offsets [0, 4]", one("F32", "[2]", "[0,4]"), 4);
  expect_refused(kInvalid, "overflows 64 bits", one("F32", "[4294967296,4294967296,16]", "[0,0]"), 0);
  expect_refused(kInvalid, "overflows 64 bits", one("F64", "[4611686018427387904]", "[0,0]"), 0);
  expect_refused(kInvalid, "non-negative integer", one("F32", "[-1]", "[0,4]"), 4);
  expect_refused(kInvalid, "non-negative integer", one("F32", "[1]", "[0,4.0]"), 4);
  expect_refused(kInvalid, "non-negative integer", one("F32", "[18446744073709551615]", "[0,4]"), 4);
  expect_refused(kInvalid, "[8, 4]", one("F32", "[1]", "[8,4]"), 8);
  expect_refused(kInvalid, "wrong form", one("F32", "[1]", "[0]"), 4);
  expect_refused(kInvalid, "wrong form", one("F32", "\"1\"", "[0,4]"), 4);
  expect_refused(kInvalid, "0 expected", one("F32", "[1]", "[4,8]"), 8);
  expect_refused(ErrorCode::data_loss, "describes 4000000000000000 bytes",
                 one("F32", "[1000000000000000]", "[0,4000000000000000]"), 16);
  expect_refused(ErrorCode::unimplemented, "unknown dtype 'F32x'", one("F32x", "[1]", "[0,4]"), 4);
  expect_refused(kInvalid, "lacks shape", R"({"a":{"dtype":"F32","data_offsets":[0,4]}})", 4);
  expect_refused(kInvalid, "expected an object", R"({"a":3})", 0);
  expect_refused(kInvalid, "expected an object", "[]", 0);
}

TEST_F(Safetensors, OverlapHolesAndDuplicates) {
  const std::string a = R"("a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]})";
  expect_refused(kInvalid, "overlap or leave a hole",
                 "{" + a + R"(,"b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}})", 12);
  expect_refused(kInvalid, "overlap or leave a hole",
                 "{" + a + R"(,"b":{"dtype":"F32","shape":[2],"data_offsets":[12,20]}})", 20);
  expect_refused(kInvalid, "tensor a occurs twice", "{" + a + "," + a + "}", 8);
}

TEST_F(Safetensors, DeepHeaderDoesNotOverflowTheStack) {
  const std::string deep = R"({"a":)" + std::string(1'000'000, '[') + std::string(1'000'000, ']') + "}";
  expect_refused(kInvalid, "expected an object", deep, 0);
}

TEST_F(Safetensors, OtherDtypesAreListedButNotRead) {
  open(file_bytes(R"({"mask":{"dtype":"I64","shape":[],"data_offsets":[0,8]}})", 8));
  const SafetensorsFile file(path_);
  EXPECT_EQ(file.entries()[0].elements, 1u);
  std::vector<float> out(1);
  expect_error(ErrorCode::unimplemented, "tensor mask has dtype I64", [&] { file.read(file.entries()[0], out); });
}

TEST_F(Safetensors, PickleIsRefusedByName) {
  for (const char* name : {"pytorch_model.bin", "model.pt", "model.pth", "model.ckpt"}) {
    const std::filesystem::path dir = dir_ / (std::string(name) + "_folder");
    std::filesystem::create_directory(dir);
    write_bytes(dir / name, "pickle");
    expect_error(ErrorCode::unimplemented, name, [&] { list_tensors(dir); });
    expect_error(ErrorCode::unimplemented, "can run code", [&] { list_tensors(dir / name); });
  }
  expect_error(ErrorCode::not_found, "model.safetensors", [&] { list_tensors(dir_.path()); });
  expect_error(ErrorCode::not_found, "does not exist", [&] { list_tensors(dir_ / "nowhere"); });
  write_bytes(dir_ / "m.gguf", "GGUF");
  expect_error(ErrorCode::not_found, "hone import", [&] { list_tensors(dir_.path()); });
}

TEST_F(Safetensors, WritesAndReadsEveryType) {
  const std::vector<float> a{1.0f, -2.0f, 3.5f, 0.0f, 1e-5f, 7.0f};
  const std::vector<float> b{0.25f};
  const std::vector<WeightView> weights{{"a", {2, 3}, a}, {"b\"\n", {1}, b}};
  for (const FloatType type : {FloatType::float32, FloatType::bfloat16, FloatType::float16}) {
    write_safetensors(dir_.path(), weights, type);
    const SafetensorsFile file(path_);
    std::vector<float> back(6);
    file.read(*file.find("a"), back);
    std::vector<std::byte> narrowed(6 * byte_size(type));
    std::vector<float> expected(6);
    narrow(type, a, narrowed);
    widen(type, narrowed, expected);
    EXPECT_EQ(back, expected);
    EXPECT_EQ((file.entries()[0].offset) % 8, 0u);
    EXPECT_NE(file.find("b\"\n"), nullptr);
  }
  const std::vector<float> large{1e6f};
  const std::vector<WeightView> too_large{{"c", {1}, large}};
  expect_error(kInvalid, "tensor c holds 1000000",
               [&] { write_safetensors(dir_.path(), too_large, FloatType::float16); });
}

TEST_F(Safetensors, ShardsWithIndex) {
  const std::vector<float> data(10, 1.0f);
  const std::vector<WeightView> weights{{"a", {10}, data}, {"b", {10}, data}, {"c", {10}, data}};
  write_safetensors(dir_.path(), weights, FloatType::float32, 80);
  const auto files = safetensors_files(dir_.path());
  ASSERT_EQ(files.size(), 2u);
  EXPECT_EQ(files[1].filename(), "model-00002-of-00002.safetensors");
  EXPECT_EQ(list_tensors(dir_.path()).size(), 3u);
  EXPECT_EQ(read_shard_index(dir_ / "model.safetensors.index.json").at("c"), "model-00002-of-00002.safetensors");
  std::filesystem::remove(files[1]);
  expect_error(ErrorCode::not_found, "model-00002-of-00002.safetensors: shard is missing",
               [&] { list_tensors(dir_.path()); });
}

TEST_F(Safetensors, IndexCannotLeaveTheFolder) {
  const auto index = dir_ / "model.safetensors.index.json";
  for (const char* name : {"../model.safetensors", "/etc/passwd", "shard.bin", ""}) {
    write_bytes(index, std::string(R"({"weight_map":{"a":")") + name + "\"}}");
    expect_error(kInvalid, "plain name", [&] { list_tensors(dir_.path()); });
  }
  write_bytes(index, R"({"weight_map":{"a":7}})");
  expect_error(kInvalid, "plain name", [&] { list_tensors(dir_.path()); });
  write_bytes(index, "[]");
  expect_error(kInvalid, "weight_map", [&] { list_tensors(dir_.path()); });
}

}  // namespace
}  // namespace hone
