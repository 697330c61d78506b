#include "rl/cli/data_commands.h"

#include <iostream>
#include <memory>

#include "proto/base/error.h"
#include "proto/base/json.h"
#include "rl/cli/reward_option.h"
#include "rl/data/data_check.h"
#include "rl/data/data_filter.h"
#include "rl/data/data_format.h"
#include "rl/session.h"

namespace hone {
namespace {

/// What both commands take.
struct ScreenArguments {
  std::vector<std::string> files, rewards;
  ScreenOptions options;
  std::size_t examples = 3;
  bool json = false;
};

void add_screen_options(CLI::App* c, ScreenArguments& a) {
  DataSection& fields = a.options.fields;
  c->add_option("file", a.files, "JSONL files (or JSON arrays; both may be gzip; '-' = standard input)")->required();
  c->add_option("--format", fields.format, "what a row is: fields, or a published set: aqua, gsm8k, humaneval, math, mbpp, svamp (docs/data.md)")->capture_default_str();
  c->add_option("--prompt-field", fields.prompt_field, "field that holds the prompt")->capture_default_str();
  c->add_option("--reference-field", fields.reference_field, "field that holds the reference answer; '' = there is none")->capture_default_str();
  c->add_option("--id-field", fields.id_field, "field that names the row; absent = line number")->capture_default_str();
  c->add_option("--evaluation", a.options.evaluation_files, "problems that must not be among the rows (repeatable)");
  c->add_option("--evaluation-format", a.options.evaluation_fields.format, "format of these files")->capture_default_str();
  c->add_option("--evaluation-prompt-field", a.options.evaluation_fields.prompt_field, "their prompt field")->capture_default_str();
  c->add_option("--overlap", a.options.overlap_words, "a run of so many words in common is an overlap")->capture_default_str();
  c->add_option("--reward", a.rewards,
                "verifier that the references must pass, NAME or {\"name\": NAME, settings} (repeatable: weighted sum); none = not checked; "
                "default: the format's own");
  c->add_option("--min-words", a.options.min_words, "least words of a prompt")->capture_default_str();
  c->add_option("--max-words", a.options.max_words, "most words of a prompt; 0 = no limit")->capture_default_str();
  c->add_option("--examples", a.examples, "rows shown of each flaw")->capture_default_str();
  c->add_flag("--json", a.json, "one JSON object");
}

/// "none", the format's own rule, or what --reward says; as rewards.functions.
std::string rewards_text(const ScreenArguments& a, bool by_default) {
  if (a.rewards.empty()) return by_default ? std::string(data_format(a.options.fields.format).rewards) : "";
  if (a.rewards.size() == 1 && a.rewards[0] == "none") return "";
  return reward_functions_of(a.rewards).dump();
}

int print(const DataReport& report, bool json) {
  std::cout << (json ? report.json + "\n" : report.text);
  return 0;
}

}  // namespace

void add_data_check(CLI::App& data, Action& action) {
  struct Arguments : ScreenArguments {
    DuplicateOptions duplicates;
    bool no_near = false, strict = false;
    std::string model;
  };
  auto a = std::make_shared<Arguments>();
  CLI::App* c = data.add_subcommand("check", "what rows hold and what is wrong with them: schema, duplicates, overlap with evaluation files, golds, lengths");
  add_screen_options(c, *a);
  c->add_option("--jaccard", a->duplicates.jaccard, "prompts are near duplicates from this Jaccard index of their word n-grams on")->capture_default_str();
  c->add_option("--ngram", a->duplicates.ngram, "words of such an n-gram")->capture_default_str();
  c->add_flag("--no-near-duplicates", a->no_near, "look for equal prompts only (needed for gzip and standard input)");
  c->add_option("--model", a->model, "model folder: also count its tokens");
  c->add_flag("--strict", a->strict, "exit with 1 when a row has a flaw");
  c->callback([a, &action] {
    action = [a] {
      a->options.rewards = rewards_text(*a, true);
      a->duplicates.near = !a->no_near;
      a->options.duplicates = a->duplicates;
      RowFiles files(a->files);
      std::function<int64_t(std::string_view)> tokens;
      OpenModel model;
      if (!a->model.empty()) {
        model = open_model(a->model);
        tokens = [&](std::string_view text) { return static_cast<int64_t>(model.tokenizer->encode(text).size()); };
      }
      const DataReport report = check_data(files, a->options, a->examples, tokens);
      print(report, a->json);
      return a->strict && report.flaws > 0 ? 1 : 0;
    };
  });
}

void add_data_filter(CLI::App& data, Action& action) {
  struct Arguments : ScreenArguments {
    FilterOptions filter;
    DuplicateOptions duplicates;
    std::string dedupe = "none";
    bool check_golds = false;
  };
  auto a = std::make_shared<Arguments>();
  CLI::App* c = data.add_subcommand("filter", "write the rows that are worth training on, as they stand, and say what was dropped and why");
  add_screen_options(c, *a);
  c->add_option("--output,-o", a->filter.output, "file to write")->required();
  c->add_option("--rejected", a->filter.rejected, "write the dropped rows here, each with its reason");
  c->add_option("--dedupe", a->dedupe, "none; exact: equal prompt and reference; prompt: equal prompt; near: nearly equal prompts too")
      ->check(CLI::IsMember({"none", "exact", "prompt", "near"}))->capture_default_str();
  c->add_option("--jaccard", a->duplicates.jaccard, "near: from this Jaccard index of word n-grams on")->capture_default_str();
  c->add_option("--ngram", a->duplicates.ngram, "near: words of such an n-gram")->capture_default_str();
  c->add_option("--pass-rate", a->options.pass_rate_records, "records of a model's answers: hone eval --records, completions.jsonl, or hone generate --reward --repeats (repeatable)");
  c->add_option("--pass-rate-field", a->options.pass_rate_field, "field of the rows that holds the pass rate, instead");
  c->add_option("--min-pass-rate", a->options.pass_rate_min, "lowest pass rate that stays")->capture_default_str();
  c->add_option("--max-pass-rate", a->options.pass_rate_max, "highest pass rate that stays")->capture_default_str();
  c->add_flag("--check-golds", a->check_golds, "drop rows whose reference the format's own verifier does not accept (--reward names another)");
  c->add_option("--sample", a->filter.sample, "of the rows that stay, so many at random, in order; 0 = all")->capture_default_str();
  c->add_option("--seed", a->filter.seed, "seed of the sample")->capture_default_str();
  c->callback([a, &action] {
    action = [a] {
      a->options.rewards = rewards_text(*a, a->check_golds);
      a->duplicates.prompts = a->dedupe != "exact";
      a->duplicates.near = a->dedupe == "near";
      if (a->dedupe != "none") a->options.duplicates = a->duplicates;
      a->filter.screen = a->options;
      a->filter.examples = a->examples;
      RowFiles files(a->files);
      return print(filter_data(files, a->filter), a->json);
    };
  });
}

}  // namespace hone
