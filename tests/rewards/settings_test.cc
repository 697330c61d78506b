#include "rewards/settings.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "proto/base/error.h"
#include "rewards/text.h"
#include "tests/rewards/test_group.h"

namespace hone {
namespace {

template <class Body>
std::string error_of(Body body) {
  try {
    body();
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), ErrorCode::invalid_argument);
    return e.what();
  }
  return "no error";
}

TEST(Settings, ReadsAndChecksTypes) {
  const Json object = Json::parse(R"({"flag": true, "count": 7, "rate": 0.5, "text": "abc", "mode": "b"})");
  Settings settings(object, "/s");
  static constexpr std::array<std::string_view, 2> kModes{"a", "b"};
  EXPECT_TRUE(settings.boolean("flag"));
  EXPECT_EQ(settings.integer("count", 0, 10), 7);
  EXPECT_EQ(settings.number("rate"), 0.5);
  EXPECT_EQ(settings.number("count"), 7.0);
  EXPECT_EQ(settings.text("text"), "abc");
  EXPECT_EQ(settings.choice("mode", kModes, "a"), "b");
  EXPECT_EQ(settings.choice("absent", kModes, "a"), "a");
  EXPECT_EQ(settings.integer("absent", 0, 10, 3), 3);
  settings.reject_unknown();
  const Json typo = Json::parse(R"({"flga": true})");
  EXPECT_EQ(error_of([&] { Settings(typo, "/s").reject_unknown(); }),
            "/s/flga: unknown key; this entry has no settings");
  EXPECT_EQ(error_of([&] { settings.boolean("count"); }), "/s/count: expected true or false, found an integer");
  EXPECT_EQ(error_of([&] { settings.integer("count", 8, 9); }),
            "/s/count: 7 is out of range; give an integer from 8 to 9");
  EXPECT_EQ(error_of([&] { settings.text("flag"); }), "/s/flag: expected a string, found a boolean");
  EXPECT_EQ(error_of([&] { settings.choice("text", kModes, "a"); }), "/s/text: unknown value 'abc'; give one of: a, b");
  EXPECT_EQ(error_of([&] { settings.number("text"); }), "/s/text: expected a number, found a string");
}

TEST(Settings, UnknownKeysNameTheNearest) {
  const auto make = [](const char* name, const char* settings) { return error_of([&] { rule(name, settings); }); };
  EXPECT_EQ(make("exact_match", R"({"stirp": true})"), "/rewards/functions/0/stirp: unknown key; did you mean strip?");
  EXPECT_EQ(make("exact_match", R"({"zzz": true})"),
            "/rewards/functions/0/zzz: unknown key; known: strip, ignore_case, name, weight");
  EXPECT_EQ(make("integer_answer", R"({"strip": true})"),
            "/rewards/functions/0/strip: unknown key; known: name, weight");
  EXPECT_EQ(make("exact_match", "[]"), "/rewards/functions/0: expected an object, found an array");
  EXPECT_EQ(make("exact_match", "null"), "no error");
  EXPECT_EQ(make("numerics", "{}"),
            "/rewards/functions/0/name: unknown reward function 'numerics'; did you mean numeric?");
}

TEST(Registry, SortedDescribedAndStrict) {
  const std::vector<RewardFunctionInfo> infos = reward_functions();
  EXPECT_TRUE(std::is_sorted(infos.begin(), infos.end(), [](const auto& a, const auto& b) { return a.name < b.name; }));
  std::vector<std::string> names;
  for (const RewardFunctionInfo& info : infos) {
    names.push_back(info.name);
    EXPECT_FALSE(info.summary.empty());
    EXPECT_EQ(info.summary.find('\n'), std::string::npos);
    EXPECT_NE(error_of([&] { rule(info.name, R"({"no such key": 1})"); }), "no error") << info.name;
  }
  EXPECT_EQ(names, (std::vector<std::string>{"exact_match", "expression", "format", "integer_answer", "math", "numeric",
                                             "overlong", "prefix_match", "regex"}));
}

TEST(Text, ExcerptIsValidUtf8AndShort) {
  EXPECT_EQ(excerpt("abc"), "abc");
  EXPECT_EQ(excerpt("a\nb\xFF"
                    "c"),
            "a?b?c");
  EXPECT_EQ(excerpt("é\xC3"), "é?");
  EXPECT_EQ(excerpt("\xED\xA0\x80"), "???");
  EXPECT_EQ(excerpt(std::string(100, 'a')), std::string(60, 'a') + "...");
}

}  // namespace
}  // namespace hone
