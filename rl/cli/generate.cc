#include <iostream>
#include <memory>
#include <optional>

#include "policy/sampling.h"
#include "proto/base/error.h"
#include "proto/base/file.h"
#include "proto/base/json.h"
#include "proto/base/new_file.h"
#include "rewards/rewarder.h"
#include "rl/cli/cli.h"
#include "rl/cli/loaded_model.h"
#include "rl/cli/reward_option.h"
#include "rl/dataset.h"
#include "rl/energy_meter.h"
#include "rl/flops.h"
#include "rl/ledger.h"
#include "rl/rejection.h"

namespace hone {
namespace {

constexpr std::size_t kPromptsAtOnce = 512;  // bounds what waits in memory for its score

struct GenerateArguments {
  std::string model;
  std::vector<std::string> prompts;
  std::string file, output, stats, keep = "all", weight_storage = "float32";
  std::vector<std::string> rewards;
  int n = 1;
  uint64_t seed = 0;
  int threads = 0;
  int64_t per_prompt = 0, limit = 0;
  bool json = false, special_tokens = false, chat = false, repeats = false;
  std::string system_prompt, chat_date;
  DataSection fields;
  SamplingParams params;
};

[[noreturn]] void fail(const std::string& what) { throw Error(ErrorCode::invalid_argument, what); }

std::vector<Problem> read_prompts(const GenerateArguments& a) {
  std::vector<Problem> out;
  for (const std::string& text : a.prompts) {
    Problem p;
    p.prompt = text;
    out.push_back(std::move(p));
  }
  if (a.file.empty()) return out;
  DataSection fields = a.fields;
  if (a.rewards.empty()) fields.reference_field.clear();
  std::vector<Problem> problems = read_problems(a.file, fields, a.limit);
  std::move(problems.begin(), problems.end(), std::back_inserter(out));
  return out;
}

std::unique_ptr<Rewarder> rewarder_of(const GenerateArguments& a) {
  return make_local_rewarder(reward_functions_of(a.rewards), "--reward");
}

struct Counts {
  int64_t prompts = 0, completions = 0, kept = 0, with_kept = 0;
  UnjudgedCounts unjudged;
  RunCost cost;
};

class Writer {
 public:
  explicit Writer(const GenerateArguments& a) : a_(a) {
    if (!a.output.empty() && a.output != "-") file_.emplace(a.output);
  }

  void write(const Group& group, const std::vector<std::size_t>& kept) {
    for (const std::size_t i : kept) {
      const Completion& c = group.completions[i];
      if (!a_.rewards.empty()) out() << sft_row(group, i) << "\n";
      else if (a_.json || !a_.output.empty()) out() << plain_row(group, i) << "\n";
      else out() << group.problem.prompt << c.text << "\n";
    }
  }
  bool to_file() const { return file_.has_value(); }
  void publish() {
    if (file_) return file_->publish();
    std::cout.flush();
    if (!std::cout) throw Error(ErrorCode::resource_exhausted, "standard output: cannot be written to the end");
  }

 private:
  std::ostream& out() { return file_ ? file_->out() : std::cout; }

  static std::string plain_row(const Group& group, std::size_t i) {
    const Completion& c = group.completions[i];
    OrderedJson row;
    row["prompt"] = group.problem.prompt;
    row["sample"] = i;
    row["completion"] = c.text;
    row["finish_reason"] = to_string(c.finish_reason);
    row["token_ids"] = c.token_ids;
    row["logprobs"] = c.logprobs;
    return dump_line(row);
  }

  const GenerateArguments& a_;
  std::optional<NewFile> file_;
};

/// Prompts [begin, end): generated together, then scored and written in order.
void generate_part(const GenerateArguments& a, const LoadedModel& model, const std::vector<Problem>& problems, std::size_t begin, std::size_t end,
                   Rewarder* rewarder, Writer& writer, Counts& counts) {
  std::vector<RolloutRequest> requests;
  std::vector<Group> groups(end - begin);
  for (std::size_t i = begin; i < end; ++i) {
    Group& g = groups[i - begin];
    g.problem = problems[i];
    g.prompt_token_ids = model.tokenizer->encode(problems[i].prompt, a.special_tokens);
    requests.push_back({std::to_string(i), {a.seed, 0, static_cast<uint32_t>(i)}, g.prompt_token_ids, a.n, a.params});
  }
  const GenerationStats stats =
      model.generator->generate(requests, [&](std::size_t i, RolloutResult r) { groups[i].completions = std::move(r.completions); }, &stop_requested());
  counts.cost += {.prompt_tokens = stats.prompt_tokens, .generated_tokens = stats.generated_tokens,
                  .generation_flops = generation_flops(model.folder.config, groups), .seconds = stats.seconds};
  if (stop_requested()) return;
  KeepOptions options{keep_from_string(a.keep), a.per_prompt, rewarder != nullptr && !a.repeats};
  for (Group& group : groups) {
    if (rewarder != nullptr) {
      rewarder->score(group);
      count_unjudged(group, counts.unjudged);
    }
    const std::vector<std::size_t> kept = kept_completions(group, options);
    writer.write(group, kept);
    counts.prompts += 1;
    counts.completions += static_cast<int64_t>(group.completions.size());
    counts.kept += static_cast<int64_t>(kept.size());
    counts.with_kept += kept.empty() ? 0 : 1;
  }
}

void write_stats(const GenerateArguments& a, const Counts& counts) {
  OrderedJson out{{"prompts", counts.prompts}, {"completions", counts.completions}, {"kept", counts.kept}, {"prompts_with_kept", counts.with_kept},
                  {"errors", counts.unjudged.errors}, {"skipped", counts.unjudged.skipped}};
  out["cost"] = cost_report_json(counts.cost, {});
  write_file_atomic(a.stats, out.dump(2) + "\n");
}

int generate(const GenerateArguments& a) {
  validate(a.params);
  if (a.n < 1) fail("--n: must be at least 1");
  if (a.rewards.empty() && keep_from_string(a.keep) != Keep::all) fail("--keep " + a.keep + ": needs --reward to know what is " + a.keep);
  std::vector<Problem> problems = read_prompts(a);
  if (problems.empty()) fail("nothing to do: give --prompt TEXT or --file FILE.jsonl");
  if (a.chat) render_chat_prompts(problems, a.model, a.system_prompt, a.chat_date, "--chat");
  const auto rewarder = a.rewards.empty() ? nullptr : rewarder_of(a);
  const LoadedModel model = load_model(a.model, a.threads, true, {.weight_storage = weight_storage_from_string(a.weight_storage)});
  Writer writer(a);
  Counts counts;
  EnergyMeter energy;
  for (std::size_t begin = 0; begin < problems.size() && !stop_requested(); begin += kPromptsAtOnce)
    generate_part(a, model, problems, begin, std::min(begin + kPromptsAtOnce, problems.size()), rewarder.get(), writer, counts);
  counts.cost.energy_j = energy.lap();
  if (stop_requested()) {
    std::cerr << "stopped after " << counts.prompts << " of " << problems.size() << " prompts" << (writer.to_file() ? "; " + a.output + " is not written" : "") << "\n";
    return 75;
  }
  writer.publish();
  const RunCost& cost = counts.cost;
  std::cerr << cost.generated_tokens << " tokens in " << cost.seconds << " s (" << static_cast<double>(cost.generated_tokens) / std::max(1e-9, cost.seconds) << " tok/s)\n";
  if (rewarder) {
    std::cerr << counts.kept << " of " << counts.completions << " completions kept (" << a.keep << "), for " << counts.with_kept << " of " << counts.prompts << " prompts\n";
    if (const std::string text = unjudged_text(counts.unjudged); !text.empty()) std::cerr << "warning: of the completions, " << text << "\n";
  }
  if (!a.stats.empty()) write_stats(a, counts);
  return 0;
}

}  // namespace

void add_generate_command(CLI::App& app, Action& action) {
  auto a = std::make_shared<GenerateArguments>();
  CLI::App* c = app.add_subcommand("generate", "sample completions from a model folder; with --reward: score them and write training data for hone sft");
  c->add_option("model", a->model, "model folder")->required();
  c->add_option("--prompt,-p", a->prompts, "prompt text (repeatable)");
  c->add_option("--file,-f", a->file, "JSONL file of prompts ('-' = standard input)");
  c->add_option("--output,-o", a->output, "write JSON lines here instead of standard output ('-'); the file is there when all is done");
  c->add_option("--stats", a->stats, "write counts and cost (tokens, FLOPs, seconds) to this file as JSON when all is done");
  c->add_option("--limit", a->limit, "use only the first rows of --file; 0 = all")->capture_default_str();
  c->add_option("--n,-n", a->n, "completions a prompt")->capture_default_str();
  c->add_option("--reward", a->rewards, "score by this rule, NAME or {\"name\": NAME, settings} (repeatable: weighted sum); rows of --file need a reference");
  c->add_option("--keep", a->keep, "all, correct (score 1, ended by itself), or best (the best of each prompt)")->capture_default_str();
  c->add_option("--per-prompt", a->per_prompt, "most completions kept of one prompt; 0 = all")->capture_default_str();
  c->add_flag("--repeats", a->repeats, "with --reward: keep equal texts of a prompt more than once");
  c->add_option("--format", a->fields.format, "what a row of --file is: fields, or a published set (docs/data.md)")->capture_default_str();
  c->add_option("--prompt-field", a->fields.prompt_field, "field that holds the prompt")->capture_default_str();
  c->add_option("--prompt-template", a->fields.prompt_template, "text with {field} places that builds the prompt");
  c->add_option("--reference-field", a->fields.reference_field, "field that holds the reference answer")->capture_default_str();
  c->add_flag("--chat", a->chat, "make each prompt a user's message and render it by the model's chat template");
  c->add_option("--system-prompt", a->system_prompt, "with --chat: the system's message before it");
  c->add_option("--chat-date", a->chat_date, "with --chat: the date (YYYY-MM-DD) for templates that ask for today's");
  c->add_option("--max-new-tokens", a->params.max_new_tokens, "most new tokens")->capture_default_str();
  c->add_option("--temperature", a->params.temperature, "0 = greedy")->capture_default_str();
  c->add_option("--top-k", a->params.top_k, "0 = off")->capture_default_str();
  c->add_option("--top-p", a->params.top_p, "1 = off")->capture_default_str();
  c->add_option("--min-p", a->params.min_p, "0 = off")->capture_default_str();
  c->add_option("--stop", a->params.stop, "stop string (repeatable)");
  c->add_option("--seed", a->seed, "seed of the random numbers")->capture_default_str();
  c->add_option("--threads", a->threads, "compute threads; 0 = all cores")->capture_default_str();
  c->add_option("--weight-storage", a->weight_storage, "how matrices are stored: float32, bfloat16 or int8 (faster, rounded)")->capture_default_str();
  c->add_flag("--ignore-eos", a->params.ignore_eos, "go on after end-of-text tokens");
  c->add_flag("--add-special-tokens", a->special_tokens, "let the tokenizer add its own special tokens (e.g. BOS)");
  c->add_flag("--json", a->json, "one JSON line a completion");
  c->callback([a, &action] {
    action = [a] {
      install_stop_signals();
      return generate(*a);
    };
  });
}

}  // namespace hone
