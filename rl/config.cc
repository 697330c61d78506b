#include "rl/config.h"

#include "proto/base/error.h"
#include "proto/base/file.h"
#include "proto/base/json.h"
#include "rl/config_sections.h"
#include "rl/data/data_format.h"

namespace hone {
namespace {

constexpr Range kPositive{.min = 1};
constexpr Range kNotNegative{.min = 0};
constexpr Range kOverZero{.min = 0, .min_open = true};

}  // namespace

void visit_run(ConfigVisitor& v, RunSection& c) {
  v.field("name", c.name, "label of the run in its files");
  v.field("output_dir", c.output_dir, "run folder, created; relative to the working directory");
  v.field("seed", c.seed, kNotNegative, "seed of data order and sampling");
  v.field("max_steps", c.max_steps, kPositive, "steps; all updates on one step's completions (num_iterations x steps_per_generation) count as one");
  v.section("budget", [&](ConfigVisitor& s) { visit_budget(s, c.budget); },
            "the run ends with the first step that reaches a limit, as it ends at max_steps; learning-rate schedules go by max_steps alone");
}

void visit_model(ConfigVisitor& v, ModelSection& c) {
  v.field("path", c.path, "model folder in the Hugging Face layout");
  v.field("device", c.device, "device of the learner, as LibTorch names it");
  v.choice("numerics", c.numerics, {"auto", "exact", "fast"},
           "exact: the learner computes on the generator's kernels, so that its log-probabilities equal the sampler's bit for bit (CPU only); "
           "fast: LibTorch's products; auto: exact on the CPU, fast elsewhere");
  v.choice("save_dtype", c.save_dtype, {"float32", "bfloat16", "float16"}, "storage type of exported weights (best/ and final/)");
}

void visit_data(ConfigVisitor& v, DataSection& c) {
  v.field("train_file", c.train_file, "JSONL file of problems (or a JSON array; both may be gzip)");
  v.choice("format", c.format, data_format_names(),
           "what a row is: fields = as the next keys say; the others are published sets as they are downloaded (docs/data.md), whose rows "
           "get the fields prompt, reference, id and task");
  v.field("shuffle", c.shuffle, "a new order each epoch, a function of run.seed and the epoch; false: file order");
  v.field("limit", c.limit, kNotNegative, "use only the first rows; 0 = all");
  v.field("prompt_field", c.prompt_field, "field that holds the prompt text");
  v.field("prompt_template", c.prompt_template, "text with {field} places that builds the prompt; empty = prompt_field as it is");
  v.field("reference_field", c.reference_field, "field that holds the reference answer; empty = there is none");
  v.field("id_field", c.id_field, "field that names the row; absent = line number");
  v.field("task_field", c.task_field, "field by which evaluation is also broken down; may be absent");
  v.field("add_special_tokens", c.add_special_tokens, "let the tokenizer add its own special tokens (e.g. BOS) to the prompt");
  v.field("apply_chat_template", c.apply_chat_template, "make each prompt a user's message and render it by the model folder's chat template, up to where the model answers");
  v.field("system_prompt", c.system_prompt, "with apply_chat_template: the system's message before it; empty = none");
  v.field("chat_date", c.chat_date, "with apply_chat_template: the date (YYYY-MM-DD) for chat templates that ask for today's");
  v.field("max_prompt_length", c.max_prompt_length, kNotNegative, "longest prompt in tokens, an error beyond; 0 = what the context allows");
}

void visit_sampling(ConfigVisitor& v, SamplingSection& c) {
  v.field("temperature", c.temperature, kOverZero, "softmax temperature of rollouts and of the learner's log-probabilities");
  v.field("top_k", c.top_k, kNotNegative, "keep the k likeliest tokens; 0 = off");
  v.field("top_p", c.top_p, {.min = 0, .max = 1, .min_open = true}, "nucleus; 1 = off");
  v.field("min_p", c.min_p, {.min = 0, .max = 1, .max_open = true}, "drop tokens below min_p times the likeliest; 0 = off");
  v.field("repetition_penalty", c.repetition_penalty, kOverZero, "1 = off");
  v.field("max_completion_length", c.max_completion_length, kPositive, "most new tokens of a completion");
  v.field("stop", c.stop, "stop strings: the text ends before them, their tokens are kept and trained");
  v.field("stop_token_ids", c.stop_token_ids, kNotNegative, "token ids that end a completion, besides the model's own");
}

void visit_optim(ConfigVisitor& v, OptimSection& c) {
  v.field("learning_rate", c.learning_rate, kOverZero, "peak rate of AdamW (arXiv:1711.05101)");
  v.choice("lr_scheduler_type", c.lr_scheduler_type, {"constant", "linear", "cosine", "cosine_with_min_lr"},
           "rate after the warm-up; linear and cosine reach 0 at max_steps, cosine_with_min_lr reaches min_lr_rate (values of transformers' get_scheduler)");
  v.field("warmup_steps", c.warmup_steps, kNotNegative, "linear warm-up steps");
  v.field("min_lr_rate", c.min_lr_rate, {.min = 0, .max = 1}, "cosine_with_min_lr: the last rate as a share of the peak");
  v.field("adam_beta1", c.adam_beta1, {.min = 0, .max = 1, .max_open = true}, "decay of the first moment");
  v.field("adam_beta2", c.adam_beta2, {.min = 0, .max = 1, .max_open = true}, "decay of the second moment");
  v.field("adam_epsilon", c.adam_epsilon, kOverZero, "added to the root of the second moment");
  v.field("weight_decay", c.weight_decay, kNotNegative, "decoupled, on matrices only (not on norms and biases)");
  v.field("max_grad_norm", c.max_grad_norm, kNotNegative, "clip the gradient's L2 norm; 0 = no clipping");
  v.field("max_tokens_per_micro_batch", c.max_tokens_per_micro_batch, {.min = 16}, "tokens of one forward and backward pass; bounds the memory of activations");
  v.field("gradient_checkpointing", c.gradient_checkpointing, "recompute activations in the backward pass: less memory, about a third more time");
  v.field("max_skipped_updates", c.max_skipped_updates, kPositive, "stop the run after so many non-finite gradients in a row");
}

void visit_rollout(ConfigVisitor& v, RolloutSection& c) {
  v.field("workers", c.workers, "host:port of rollout workers; empty = generate in this process");
  v.field("max_batch_rows", c.max_batch_rows, {.min = 1, .max = 4096}, "completions that are decoded together (in-process)");
  v.field("max_prefill_rows", c.max_prefill_rows, {.min = 1, .max = 65536}, "prompt tokens of one pass (in-process)");
  v.choice("weight_storage", c.weight_storage, {"float32", "bfloat16", "int8"},
           "how generation stores matrices; bfloat16 and int8 (one scale a row) take a half and a quarter of the memory and sample from the "
           "rounded weights: log-probabilities then differ from the learner's unless its weights are representable, and hone train needs "
           "grpo.sampler_importance_sampling; workers are started with the same");
  v.field("connect_timeout_s", c.connect_timeout_s, kOverZero, "wait for a worker at the start");
  v.field("call_timeout_s", c.call_timeout_s, kOverZero, "deadline of one generation or weight call");
  v.field("retry_budget_s", c.retry_budget_s, kNotNegative, "how long work waits for a worker to come back before the run fails");
}

void visit_rewards(ConfigVisitor& v, RewardsSection& c) {
  v.field("functions", c.functions, "array of {\"name\", \"weight\", settings...}; `hone score --list` names them");
  v.field("server", c.server, "host:port of reward servers; empty = score in this process");
  v.field("call_timeout_s", c.call_timeout_s, kOverZero, "deadline of one scoring call");
  v.field("retry_budget_s", c.retry_budget_s, kNotNegative, "how long a group waits for a reward server before the run fails");
}

void visit_tls(ConfigVisitor& v, TlsSection& c) {
  v.field("certificate", c.certificate, "PEM certificate chain of this process; needed for addresses beyond loopback");
  v.field("key", c.key, "PEM private key");
  v.field("ca", c.ca, "PEM certificate authority that signed the peers");
}

void visit_checkpoint(ConfigVisitor& v, CheckpointSection& c, std::vector<std::string> best_metrics) {
  v.field("every", c.every, kNotNegative, "steps between checkpoints; 0 = only at the end and when stopped");
  v.field("keep", c.keep, kPositive, "how many checkpoints stay (the best weights are kept beside them)");
  v.choice("best_metric", c.best_metric, std::move(best_metrics), "the evaluation metric whose best weights are kept in best/");
}

void visit_eval(ConfigVisitor& v, EvalSection& c) {
  v.field("file", c.file, "JSONL file of held-out problems (fields as in data); empty = no evaluation");
  v.field("every", c.every, kNotNegative, "steps between evaluations; 0 = only before the first and after the last step");
  v.field("at_start", c.at_start, "evaluate before the first step");
  v.field("limit", c.limit, kNotNegative, "problems of the evaluations during the run; 0 = all (first and last always use all)");
  v.field("num_generations", c.num_generations, {.min = 1, .max = 1024}, "completions a problem");
  v.field("temperature", c.temperature, kNotNegative, "0 = greedy");
  v.field("thinking_budgets", c.thinking_budgets, {.min = 1, .max = 1 << 24},
          "hone eval --compute-curve: thinking is cut after so many tokens, one point of the curve each (budget forcing, arXiv:2501.19393); "
          "empty = by samples only");
  v.field("think_end", c.think_end, "budget forcing: text that ends the thinking, the model's own or forced");
  v.field("answer_prefix", c.answer_prefix, "budget forcing: text after a forced think_end, from which the model answers");
  v.field("answer_length", c.answer_length, {.min = 1, .max = 1 << 24}, "budget forcing: most tokens of the answer");
  v.field("extension_text", c.extension_text, "budget forcing: what replaces think_end where thinking is made to go on");
  v.field("max_extensions", c.max_extensions, {.min = 0, .max = 64}, "budget forcing: points with 1 to so many extensions, at the longest budget");
}

void visit_log(ConfigVisitor& v, LogSection& c) {
  v.choice("level", c.level, {"debug", "info", "warning", "error", "off"}, "log lines on stderr and in run.log");
  v.field("completions", c.completions, "write completions.jsonl");
  v.field("token_ids", c.token_ids, "with token ids and log-probabilities in them, which --replay needs");
  v.field("every", c.every, kPositive, "steps between progress lines");
}

void load_config_file(const std::filesystem::path& file, const std::vector<std::string>& overrides, const ConfigVisitor::Body& body,
                      const std::vector<std::string*>& paths) {
  require_file(file, "config");
  const auto load = [&](const Json& json) {
    try {
      load_config(json, "", body);
    } catch (const Error& e) {
      throw Error(e.code(), file.string() + ": " + e.what());
    }
  };
  load(read_json_file(file, true));
  const std::filesystem::path base = file.has_parent_path() ? file.parent_path() : std::filesystem::path(".");
  for (std::string* path : paths)
    if (!path->empty() && std::filesystem::path(*path).is_relative()) *path = (base / *path).lexically_normal().string();
  Json resolved = Json::parse(dump_config(body).dump());
  for (const std::string& assignment : overrides) apply_override(resolved, assignment);
  load(resolved);
}

void visit(ConfigVisitor& v, TrainConfig& c) {
  v.field("threads", c.threads, kNotNegative, "compute threads of generation and learning; 0 = all cores");
  v.section("run", [&](ConfigVisitor& s) { visit_run(s, c.run); }, "name, place, seed and length of the run");
  v.section("model", [&](ConfigVisitor& s) { visit_model(s, c.model); }, "the policy to start from");
  v.section("data", [&](ConfigVisitor& s) { visit_data(s, c.data); }, "training problems");
  v.section("sampling", [&](ConfigVisitor& s) { visit_sampling(s, c.sampling); }, "how rollouts are drawn");
  v.section("grpo", [&](ConfigVisitor& s) { visit(s, c.grpo); }, "groups, advantages and loss, under TRL's names");
  v.section("dynamic_sampling", [&](ConfigVisitor& s) { visit(s, c.dynamic_sampling); }, "which groups a step trains on");
  v.section("curriculum", [&](ConfigVisitor& s) { visit(s, c.curriculum); }, "which problems come next");
  v.section("optim", [&](ConfigVisitor& s) { visit_optim(s, c.optim); }, "AdamW, schedule and memory of the learner");
  v.section("rollout", [&](ConfigVisitor& s) {
    visit_rollout(s, c.rollout);
    s.field("max_staleness", c.rollout.max_staleness, {.min = 0, .max = 64},
            "optimizer steps by which completions may be behind the weights they train: so many steps are generated while the learner "
            "works, each by the weights of exactly that many updates before (in_flight_updates: that many or fewer); 0 = generate and learn in turn");
    s.field("in_flight_updates", c.rollout.in_flight_updates,
            "with max_staleness over 0: new weights go into running generations, between two tokens, so that completions are less stale "
            "(PipelineRL, arXiv:2509.19128); which tokens they make depends on timing, so such a run does not repeat bit for bit");
  }, "where completions are generated");
  v.section("tls", [&](ConfigVisitor& s) { visit_tls(s, c.tls); }, "mutual TLS to workers and reward servers");
  v.section("rewards", [&](ConfigVisitor& s) { visit_rewards(s, c.rewards); }, "the rules that score completions");
  v.section("checkpoint", [&](ConfigVisitor& s) { visit_checkpoint(s, c.checkpoint, {"reward", "none"}); }, "saved states");
  v.section("eval", [&](ConfigVisitor& s) { visit_eval(s, c.eval); }, "held-out evaluation during the run");
  v.section("log", [&](ConfigVisitor& s) { visit_log(s, c.log); }, "what is written and shown");
  v.section("cost", [&](ConfigVisitor& s) { visit_cost(s, c.cost); }, "prices, for the ledger of cost (docs/compare.md)");
  v.section("warnings", [&](ConfigVisitor& s) { visit(s, c.warnings); }, "when a run that fails without an error is reported");
}

SamplingParams TrainConfig::sampling_params() const {
  SamplingParams p;
  p.temperature = sampling.temperature;
  p.top_k = static_cast<int32_t>(sampling.top_k);
  p.top_p = sampling.top_p;
  p.min_p = sampling.min_p;
  p.repetition_penalty = sampling.repetition_penalty;
  p.max_new_tokens = static_cast<int32_t>(sampling.max_completion_length);
  p.stop = sampling.stop;
  p.stop_token_ids.assign(sampling.stop_token_ids.begin(), sampling.stop_token_ids.end());
  return p;
}

TrainConfig train_config_from_json(const Json& json, const std::string& source) {
  TrainConfig config;
  try {
    load_config(json, "", [&](ConfigVisitor& v) { visit(v, config); });
  } catch (const Error& e) {
    throw Error(e.code(), source + ": " + e.what());
  }
  return config;
}

TrainConfig load_train_config(const std::filesystem::path& file, const std::vector<std::string>& overrides) {
  TrainConfig config;
  load_config_file(file, overrides, [&](ConfigVisitor& v) { visit(v, config); },
                   {&config.model.path, &config.data.train_file, &config.eval.file, &config.tls.certificate, &config.tls.key,
                    &config.tls.ca});
  if (config.grpo.sampler_importance_sampling == "auto")
    config.grpo.sampler_importance_sampling = config.rollout.max_staleness > 0 ? "token_truncate" : "none";
  validate(config);
  return config;
}

namespace {

[[noreturn]] void fail(const std::string& what) { throw Error(ErrorCode::invalid_argument, what); }

}  // namespace

void validate_optim(const OptimSection& optim, const RunSection& run) {
  if (optim.lr_scheduler_type != "constant" && optim.warmup_steps >= run.max_steps)
    fail("/optim/warmup_steps: " + std::to_string(optim.warmup_steps) + " leaves no step to decay in; must be < /run/max_steps " +
         std::to_string(run.max_steps));
  if (optim.min_lr_rate > 0 && optim.lr_scheduler_type != "cosine_with_min_lr")
    fail("/optim/min_lr_rate: needs /optim/lr_scheduler_type cosine_with_min_lr, which is " + optim.lr_scheduler_type);
}

void validate_model(const ModelSection& model) {
  if (model.path.empty()) fail("/model/path: required: a model folder in the Hugging Face layout");
  if (model.numerics == "exact" && model.device != "cpu")
    fail("/model/numerics: exact runs on the CPU only, /model/device is " + model.device + "; use auto or fast");
}

void validate_eval(const EvalSection& eval) {
  if (eval.temperature == 0 && eval.num_generations > 1)
    fail("/eval/num_generations: " + std::to_string(eval.num_generations) + " greedy completions are all equal; set /eval/temperature");
  if (!eval.thinking_budgets.empty() && eval.think_end.empty()) fail("/eval/think_end: budget forcing needs a text that ends the thinking");
  if (eval.max_extensions > 0 && eval.thinking_budgets.empty())
    fail("/eval/max_extensions: " + std::to_string(eval.max_extensions) + " needs /eval/thinking_budgets; the longest one bounds the thinking");
}

void validate(const TrainConfig& c) {
  validate_model(c.model);
  if (c.data.train_file.empty()) fail("/data/train_file: required: a JSONL file of problems");
  if (c.rewards.functions.text.empty() && c.rewards.server.empty())
    fail("/rewards/functions: required, unless /rewards/server names a reward server");
  if (c.eval.file.empty() && c.eval.every > 0) fail("/eval/every: " + std::to_string(c.eval.every) + " needs /eval/file");
  validate_eval(c.eval);
  validate_optim(c.optim, c.run);
  validate_cost(c.cost, c.run.budget);
  if (c.run.output_dir.empty()) fail("/run/output_dir: must not be empty");
  validate(c.grpo);
  if (c.rollout.weight_storage != "float32" && c.grpo.sampler_importance_sampling == "none")
    fail("/rollout/weight_storage: " + c.rollout.weight_storage + " samples from rounded weights, another policy than the one that learns; set "
         "/grpo/sampler_importance_sampling (token_truncate with sampler_is_clip_max 2, for example), or use float32");
  if (c.rollout.in_flight_updates && c.rollout.max_staleness == 0)
    fail("/rollout/in_flight_updates: nothing is generated while weights change; set /rollout/max_staleness to 1 or more");
  if (c.rollout.in_flight_updates && c.grpo.sampler_importance_sampling == "none")
    fail("/rollout/in_flight_updates: one completion comes from several policies; set /grpo/sampler_importance_sampling (auto is token_truncate)");
  validate(c.dynamic_sampling);
  validate(c.curriculum);
}

std::string join_endpoints(const std::vector<std::string>& endpoints) {
  std::string out;
  for (const std::string& e : endpoints) out += (out.empty() ? "" : ", ") + e;
  return out;
}

OrderedJson to_json(const TrainConfig& config) {
  TrainConfig copy = config;
  return dump_config([&](ConfigVisitor& v) { visit(v, copy); });
}

}  // namespace hone
