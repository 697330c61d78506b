// The table of rules: one row each. A new rule needs its .cc file, a factory in rewards/rule.h and a row here.
#include <array>
#include <memory>
#include <string>
#include <vector>

#include "proto/base/error.h"
#include "proto/base/json.h"
#include "proto/base/suggest.h"
#include "rewards/code/code_settings.h"
#include "rewards/reward_function.h"
#include "rewards/rule.h"
#include "rewards/text.h"

namespace hone {
namespace {

struct Row {
  const char* name;
  std::unique_ptr<RewardFunction> (*make)(Settings&);
  const char* summary;
  const char* settings;
};

const std::array kRows{
    Row{"code", make_code, "runs the program in a sandbox against the problem's tests (docs/rewards.md, \"Code\")", kCodeSettingsHelp},
    Row{"exact_match", make_exact_match, "1 if the whole text is the reference",
        "strip (boolean, default true): leave out white space at both ends\n"
        "ignore_case (boolean, default false): treat A-Z as a-z"},
    Row{"expression", make_expression,
        "1 if the text is an arithmetic expression of the reference's value, and the model stopped", ""},
    Row{"format", make_format, "the text is <think>...</think><answer>...</answer>",
        "mode (\"strict\" or \"count\", default \"strict\"): 1 for the whole form, or an equal share for each tag "
        "present exactly once\n"
        "think_open (string, default \"<think>\"): empty where the prompt ends with it\n"
        "think_close (string, default \"</think>\")\n"
        "answer_open (string, default \"<answer>\")\n"
        "answer_close (string, default \"</answer>\"): empty where it is a stop string"},
    Row{"integer_answer", make_integer_answer, "1 if the whole text is the reference integer, and the model stopped",
        ""},
    Row{"numeric", make_numeric, "1 if the solution's final number equals the reference exactly (GSM8K, SVAMP)",
        "extraction (\"lenient\" or \"strict\", default \"lenient\"): strict wants ####, \\boxed{} or \"answer is\"; "
        "lenient also takes "
        "the last number"},
    Row{"overlong", make_overlong,
        "0 for short texts, down to -1 at the length limit (DAPO's soft overlong punishment)",
        "max_completion_length (integer, required): tokens at which the score reaches -1\n"
        "cache_length (integer, required): tokens before that over which it falls"},
    Row{"prefix_match", make_prefix_match,
        "share of the reference's characters up to the first mismatch, plus one for the end token", ""},
    Row{"regex", make_regex, "1 if a PCRE2 pattern matches",
        "pattern (string, required): PCRE2, UTF-8\n"
        "mode (\"full\" or \"search\", default \"full\"): match the whole text, or any part of it"},
};

}  // namespace

std::vector<RewardFunctionInfo> reward_functions() {
  std::vector<RewardFunctionInfo> infos;
  for (const Row& row : kRows) infos.push_back({row.name, row.summary, row.settings});
  return infos;
}

std::unique_ptr<RewardFunction> make_reward_function(const std::string& name, const nlohmann::json& settings,
                                                     const std::string& source) {
  std::vector<std::string> names;
  for (const Row& row : kRows) {
    names.emplace_back(row.name);
    if (name != row.name) continue;
    Settings reader(settings, source);
    std::unique_ptr<RewardFunction> function = row.make(reader);
    static const std::vector<std::string> kOfEveryEntry{"name", "weight"};
    reader.reject_unknown(kOfEveryEntry);
    return function;
  }
  throw Error(ErrorCode::invalid_argument,
              source + "/name: unknown reward function '" + excerpt(name) + "'" + suggestion(name, names));
}

}  // namespace hone
