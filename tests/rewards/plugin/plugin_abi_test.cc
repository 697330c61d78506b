// The frozen layout of hone/reward_plugin.h, interface version 1, on 64-bit systems. A plug-in that people have built holds
// these numbers in its code: a failure here is a broken promise. New fields go to the end of a structure, with a line of their
// own here; anything else needs a new HONE_REWARD_ABI and a new entry name.
#include <gtest/gtest.h>
#include <hone/reward_plugin.h>

#include <cstddef>
#include <string_view>

namespace {

static_assert(HONE_REWARD_ABI == 1u);
static_assert(std::string_view(HONE_REWARD_ENTRY_NAME) == "hone_reward_plugin_entry_1");
static_assert(HONE_REWARD_SCORED == 0 && HONE_REWARD_SKIPPED == 1 && HONE_REWARD_ERROR == 2);
static_assert(HONE_FINISH_STOP_TOKEN == 0 && HONE_FINISH_STOP_STRING == 1 && HONE_FINISH_LENGTH == 2 &&
              HONE_FINISH_CANCELLED == 3);
static_assert(HONE_REWARD_EACH == 1u);

#define HONE_FIELD(type, field, field_type, at) \
  static_assert(offsetof(type, field) == (at)); \
  static_assert(std::is_same_v<decltype(type::field), field_type>)

using Bytes = const char*;
using CreateFunction = int32_t (*)(hone_text, void**, hone_text_buffer*);
using ScoreFunction = int32_t (*)(void*, hone_reward_group*, hone_text_buffer*);
using DestroyFunction = void (*)(void*);

static_assert(sizeof(hone_text) == 16);
HONE_FIELD(hone_text, data, Bytes, 0);
HONE_FIELD(hone_text, size, size_t, 8);

static_assert(sizeof(hone_text_buffer) == 24);
HONE_FIELD(hone_text_buffer, data, char*, 0);
HONE_FIELD(hone_text_buffer, capacity, size_t, 8);
HONE_FIELD(hone_text_buffer, size, size_t, 16);

static_assert(sizeof(hone_reward_completion) == 40);
HONE_FIELD(hone_reward_completion, text, hone_text, 0);
HONE_FIELD(hone_reward_completion, token_ids, const int32_t*, 16);
HONE_FIELD(hone_reward_completion, token_count, size_t, 24);
HONE_FIELD(hone_reward_completion, finish, uint32_t, 32);
HONE_FIELD(hone_reward_completion, reserved, uint32_t, 36);

static_assert(sizeof(hone_reward_result) == 40);
HONE_FIELD(hone_reward_result, score, double, 0);
HONE_FIELD(hone_reward_result, outcome, uint32_t, 8);
HONE_FIELD(hone_reward_result, reserved, uint32_t, 12);
HONE_FIELD(hone_reward_result, detail, hone_text_buffer, 16);

static_assert(sizeof(hone_reward_group) == 128);
HONE_FIELD(hone_reward_group, struct_size, size_t, 0);
HONE_FIELD(hone_reward_group, problem_id, hone_text, 8);
HONE_FIELD(hone_reward_group, task, hone_text, 24);
HONE_FIELD(hone_reward_group, prompt, hone_text, 40);
HONE_FIELD(hone_reward_group, reference, hone_text, 56);
HONE_FIELD(hone_reward_group, metadata_json, hone_text, 72);
HONE_FIELD(hone_reward_group, completions, const hone_reward_completion*, 88);
HONE_FIELD(hone_reward_group, completion_stride, size_t, 96);
HONE_FIELD(hone_reward_group, results, hone_reward_result*, 104);
HONE_FIELD(hone_reward_group, result_stride, size_t, 112);
HONE_FIELD(hone_reward_group, count, size_t, 120);

static_assert(sizeof(hone_reward_plugin) == 56);
HONE_FIELD(hone_reward_plugin, abi, uint32_t, 0);
HONE_FIELD(hone_reward_plugin, struct_size, uint32_t, 4);
HONE_FIELD(hone_reward_plugin, name, Bytes, 8);
HONE_FIELD(hone_reward_plugin, version, Bytes, 16);
HONE_FIELD(hone_reward_plugin, flags, uint32_t, 24);
HONE_FIELD(hone_reward_plugin, reserved, uint32_t, 28);
HONE_FIELD(hone_reward_plugin, create, CreateFunction, 32);
HONE_FIELD(hone_reward_plugin, score, ScoreFunction, 40);
HONE_FIELD(hone_reward_plugin, destroy, DestroyFunction, 48);

struct Each {
  hone::plugin::Score score(const hone::plugin::Sample&) const { return 1; }
};
struct Whole {
  std::vector<hone::plugin::Score> score(const hone::plugin::Group&) const { return {}; }
};

TEST(PluginAbi, TheCxxFaceTellsHowATypeScores) {
  EXPECT_TRUE(hone::plugin::detail::ScoresEach<Each>::value);
  EXPECT_FALSE(hone::plugin::detail::ScoresEach<Whole>::value);
}

// A host of tomorrow has longer elements: the C++ face goes by the strides.
TEST(PluginAbi, TheCxxFaceGoesByTheStrides) {
  struct LongCompletion {
    hone_reward_completion now;
    char later[24];
  };
  struct LongResult {
    hone_reward_result now;
    char later[8];
  };
  struct Length {
    hone::plugin::Score score(const hone::plugin::Sample& sample) const {
      return {static_cast<double>(sample.text.size()), std::string(sample.problem.reference)};
    }
  };
  LongCompletion completions[2] = {{{{"a", 1}, nullptr, 0, 0, 0}, ""}, {{{"abc", 3}, nullptr, 0, 0, 0}, ""}};
  char details[2][4];
  LongResult results[2] = {{{0, HONE_REWARD_ERROR, 0, {details[0], 4, 0}}, ""},
                           {{0, HONE_REWARD_ERROR, 0, {details[1], 4, 0}}, ""}};
  const hone_text none{"", 0};
  hone_reward_group group{sizeof(hone_reward_group),
                          none,
                          none,
                          none,
                          {"reference", 9},
                          none,
                          &completions[0].now,
                          sizeof(LongCompletion),
                          &results[0].now,
                          sizeof(LongResult),
                          2};
  Length length;
  hone_text_buffer error{nullptr, 0, 0};
  EXPECT_EQ(hone::plugin::detail::Adapter<Length>::score(&length, &group, &error), 0);
  EXPECT_EQ(results[0].now.score, 1.0);
  EXPECT_EQ(results[1].now.score, 3.0);
  EXPECT_EQ(results[1].now.outcome, static_cast<uint32_t>(HONE_REWARD_SCORED));
  EXPECT_EQ(std::string_view(results[1].now.detail.data, results[1].now.detail.size), "refe") << "cut to its room";
}

}  // namespace
