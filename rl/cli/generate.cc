#include <iostream>
#include <memory>

#include "policy/sampling.h"
#include "proto/base/error.h"
#include "proto/base/json.h"
#include "proto/base/jsonl.h"
#include "rl/cli/cli.h"
#include "rl/cli/loaded_model.h"

namespace hone {
namespace {

struct GenerateArguments {
  std::string model;
  std::vector<std::string> prompts;
  std::string file;
  int n = 1;
  uint64_t seed = 0;
  int threads = 0;
  bool json = false;
  bool special_tokens = false;
  SamplingParams params;
};

std::vector<std::string> read_prompts(const GenerateArguments& a) {
  std::vector<std::string> prompts = a.prompts;
  if (!a.file.empty()) {
    for_each_jsonl(a.file, [&](const Json& row, std::size_t line) {
      const auto it = row.find("prompt");
      if (it == row.end() || !it->is_string())
        throw Error(ErrorCode::invalid_argument, a.file + ":" + std::to_string(line) + ": field 'prompt' must be a string");
      prompts.push_back(it->get<std::string>());
    });
  }
  if (prompts.empty()) throw Error(ErrorCode::invalid_argument, "nothing to do: give --prompt TEXT or --file FILE.jsonl");
  return prompts;
}

void print_result(const GenerateArguments& a, const std::string& prompt, const RolloutResult& result) {
  for (std::size_t i = 0; i < result.completions.size(); ++i) {
    const Completion& c = result.completions[i];
    if (!a.json) {
      std::cout << prompt << c.text << "\n";
      continue;
    }
    OrderedJson out;
    out["prompt"] = prompt;
    out["sample"] = i;
    out["completion"] = c.text;
    out["finish_reason"] = to_string(c.finish_reason);
    out["token_ids"] = c.token_ids;
    out["logprobs"] = c.logprobs;
    std::cout << dump_line(out) << "\n";
  }
}

int generate(const GenerateArguments& a) {
  validate(a.params);
  const std::vector<std::string> prompts = read_prompts(a);
  const LoadedModel model = load_model(a.model, a.threads, true);
  std::vector<RolloutRequest> requests;
  for (std::size_t i = 0; i < prompts.size(); ++i)
    requests.push_back({std::to_string(i), {a.seed, 0, static_cast<uint32_t>(i)},
                        model.tokenizer->encode(prompts[i], a.special_tokens), a.n, a.params});
  std::vector<RolloutResult> results(requests.size());
  const GenerationStats stats =
      model.generator->generate(requests, [&](std::size_t i, RolloutResult r) { results[i] = std::move(r); }, &stop_requested());
  for (std::size_t i = 0; i < results.size(); ++i) print_result(a, prompts[i], results[i]);
  std::cerr << stats.generated_tokens << " tokens in " << stats.seconds << " s ("
            << static_cast<double>(stats.generated_tokens) / std::max(1e-9, stats.seconds) << " tok/s)\n";
  return stop_requested() ? 75 : 0;
}

}  // namespace

void add_generate_command(CLI::App& app, Action& action) {
  auto a = std::make_shared<GenerateArguments>();
  CLI::App* c = app.add_subcommand("generate", "sample completions from a model folder");
  c->add_option("model", a->model, "model folder")->required();
  c->add_option("--prompt,-p", a->prompts, "prompt text (repeatable)");
  c->add_option("--file,-f", a->file, "JSONL file with a \"prompt\" field ('-' = standard input)");
  c->add_option("--n,-n", a->n, "completions a prompt")->capture_default_str();
  c->add_option("--max-new-tokens", a->params.max_new_tokens, "most new tokens")->capture_default_str();
  c->add_option("--temperature", a->params.temperature, "0 = greedy")->capture_default_str();
  c->add_option("--top-k", a->params.top_k, "0 = off")->capture_default_str();
  c->add_option("--top-p", a->params.top_p, "1 = off")->capture_default_str();
  c->add_option("--min-p", a->params.min_p, "0 = off")->capture_default_str();
  c->add_option("--stop", a->params.stop, "stop string (repeatable)");
  c->add_option("--seed", a->seed, "seed of the random numbers")->capture_default_str();
  c->add_option("--threads", a->threads, "compute threads; 0 = all cores")->capture_default_str();
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
