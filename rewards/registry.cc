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
    Row{"code", make_code, "runs the program in a sandbox against the problem's tests (docs/code_reward.md)", kCodeSettingsHelp},
    Row{"command", make_command, "a program of yours, in any language, that reads JSON lines and writes scores",
        "argv (array of strings, required): program and arguments\n"
        "timeout_s (number, default 30): for one batch; then the program is killed and the batch is an error\n"
        "start_timeout_s (number, default 60): more time for the first batch after a start\n"
        "processes (integer, default the number of cores): at most so many run at once\n"
        "one_at_a_time (boolean, default false): a batch is one completion, not a group"},
    Row{"cosine_length", make_cosine_length,
        "right answers score higher when short, wrong ones when long (cosine; Yeo et al. 2025)",
        "correct_by (string, required): an earlier function that gives 1 to right answers\n"
        "max_length (integer, required): length at which the wave ends\n"
        "unit (\"tokens\", \"characters\" or \"words\", default \"tokens\")\n"
        "max_value_correct, min_value_correct (numbers, default 1, 0.5): right, at length 0 and max_length\n"
        "min_value_wrong, max_value_wrong (numbers, default -1, -0.5): wrong, at length 0 and max_length"},
    Row{"countdown", make_countdown, "1 if the expression makes the target from the given numbers, each used once",
        "numbers_field (string, default \"nums\"): field of the data with the numbers; the reference is the target\n"
        "use_all (boolean, default true): every number must be used\n"
        "format_score (number, default 0): for an expression of another value, or with other numbers\n"
        "place (\"answer\" or \"text\", default \"answer\"): the last <answer>...</answer>, or the whole text"},
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
    Row{"json_schema", make_json_schema, "1 if the text is JSON that a schema accepts",
        "schema (object, required): a subset of JSON Schema, see docs/rewards.md\n"
        "place (\"text\", \"code_block\" or \"answer\", default \"text\"): the whole text, the last fenced block, or the last "
        "<answer>...</answer>\n"
        "valid_json_score (number, default 0): for JSON that the schema refuses"},
    Row{"language", make_language, "share of the letters that are of the wanted scripts (DeepSeek-R1's language consistency)",
        "scripts (array of strings, default [\"Latin\"]): Unicode's names, as Latin, Han, Hiragana, Cyrillic\n"
        "part (\"all\" or \"thought\", default \"all\"): thought = what stands before </think>"},
    Row{"math", make_math, "1 if the response's answer equals the reference as mathematics (MATH, AIME, GSM8K)",
        "mode (\"response\", \"answer\", \"text_expr\", \"text_latex\", \"text_latex_expr\" or \"mcq\", default \"response\"): what "
        "reference and completion are\n"
        "extraction (\"lenient\", \"strict\" or \"boxed\", default \"lenient\"): strict wants a box, <answer>, #### or "
        "\"answer is\"; boxed a box or <answer>\n"
        "percent (\"either\" or \"value\", default \"either\"): 28% equals 28 and 0.28, or 0.28 only\n"
        "degrees (\"either\" or \"value\", default \"either\"): 45 degrees equals 45 and pi/4, or pi/4 only\n"
        "list_order (\"any\" or \"same\", default \"any\"): order of a list without brackets; tuples keep theirs\n"
        "units (\"conflict\" or \"ignore\", default \"conflict\"): 10 cm equals 10 but not 10 m, or both\n"
        "rounding (\"reference\" or \"none\", default \"reference\"): a decimal reference equals what rounds to it\n"
        "boxes (\"list\" or \"last\", default \"list\"): neighbouring boxes are one list, or the last one counts\n"
        "tuple_or_list (boolean, default true): (3, 2) equals the list 3, 2"},
    Row{"multiple_choice", make_multiple_choice, "1 if the text chooses the reference's letter",
        "letters (string, default \"ABCDEFGHIJ\"): the choices\n"
        "extraction (\"lenient\" or \"strict\", default \"lenient\"): strict wants \\boxed{}, <answer> or \"answer is\""},
    Row{"numeric", make_numeric, "1 if the solution's final number equals the reference exactly (GSM8K, SVAMP)",
        "extraction (\"lenient\" or \"strict\", default \"lenient\"): strict wants ####, \\boxed{} or \"answer is\"; "
        "lenient also takes "
        "the last number"},
    Row{"overlong", make_overlong,
        "0 for short texts, down to -1 at the length limit (DAPO's soft overlong punishment)",
        "max_completion_length (integer, required): tokens at which the score reaches -1\n"
        "cache_length (integer, required): tokens before that over which it falls"},
    Row{"plugin", make_plugin, "a reward function in a shared library of yours (hone/reward_plugin.h)",
        "library (string, required): path of the .so file\n"
        "settings (object, default {}): handed to the plug-in as JSON text\n"
        "timeout_s (number, default 10): for one completion (one group where the plug-in scores groups)\n"
        "processes (integer, default the number of cores): at most so many host processes run at once\n"
        "in_process (boolean, default false): no process of its own: faster, but a crash ends the run, a hang stops it"},
    Row{"prefix_match", make_prefix_match,
        "share of the reference's characters up to the first mismatch, plus one for the end token", ""},
    Row{"regex", make_regex, "1 if a PCRE2 pattern matches",
        "pattern (string, required): PCRE2, UTF-8\n"
        "mode (\"full\" or \"search\", default \"full\"): match the whole text, or any part of it"},
    Row{"repetition", make_repetition, "penalty for repeated n-grams, down to max_penalty",
        "ngram_size (integer, default 3)\n"
        "max_penalty (number, default -1): towards which the score falls as the share of repeated n-grams rises\n"
        "unit (\"words\" or \"tokens\", default \"words\"): tokens for languages without spaces"},
    Row{"word_count", make_word_count, "1 if the number of words is within limits",
        "min, max (integers): limits, both included\n"
        "metadata_min, metadata_max (strings): fields of the data that hold the limits instead\n"
        "mode (\"strict\" or \"share\", default \"strict\"): 0 outside, or falling with the distance"},
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
    static const std::vector<std::string> kOfEveryEntry{"name", "weight", "label", "only_if", "only_if_not"};
    reader.reject_unknown(kOfEveryEntry);
    return function;
  }
  throw Error(ErrorCode::invalid_argument,
              source + "/name: unknown reward function '" + excerpt(name) + "'" + suggestion(name, names));
}

}  // namespace hone
