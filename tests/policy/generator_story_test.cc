// stories260K (tests/data/stories260K/SOURCE.md): a trained model's published greedy text.
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "policy/format/llama2c_import.h"
#include "policy/model_folder.h"
#include "tests/policy/format_test_support.h"
#include "tests/policy/generator_test_support.h"

namespace hone::test {
namespace {

TEST(GeneratorStory, GreedyTextIsThePublishedOne) {
  const std::filesystem::path data = HONE_SOURCE_DIR "/tests/data/stories260K";
  if (!std::filesystem::exists(data / "stories260K.bin")) GTEST_SKIP() << data << " is absent";
  const TemporaryFolder scratch;
  import_llama2c(data / "stories260K.bin", scratch / "model");
  const ModelFolder folder = open_model_folder(scratch / "model");
  const std::vector<std::string> vocabulary = read_llama2c_vocabulary(data / "tok512.bin");

  Engine engine(folder.config, load_weights(folder), nullptr, {}, 2);
  RolloutRequest request;
  request.prompt_token_ids = {1};
  request.params.temperature = 0.0;
  request.params.max_new_tokens = 60;
  std::string text;
  for (const int32_t id : engine.one(request).token_ids) text += vocabulary.at(static_cast<std::size_t>(id));
  const std::string published = "Once upon a time, there was a little girl named Lily. She loved to play outside in the park.";
  const std::size_t start = text.find_first_not_of(' ');
  ASSERT_NE(start, std::string::npos);
  EXPECT_EQ(text.substr(start, published.size()), published);
}

}  // namespace
}  // namespace hone::test
