#include "rl/sft_config.h"

#include "proto/base/error.h"
#include "proto/base/json.h"
#include "rl/config_sections.h"
#include "rl/data/data_format.h"

namespace hone {
namespace {

constexpr Range kNotNegative{.min = 0};
constexpr Range kOverZero{.min = 0, .min_open = true};

void visit_sft_model(ConfigVisitor& v, SftModelSection& c) {
  visit_model(v, c);
  v.choice("init", c.init, {"none", "normal", "scaled", "mimetic"},
           "start weights: none = those of the folder, or random ones (the folder then needs only config.json and tokenizer.json) from "
           "run.seed: normal = N(0, init_std) for every matrix; scaled = N(0, 1/sqrt(inputs)), embeddings N(0, init_std), o_proj and "
           "down_proj divided by sqrt(2 * layers) (GPT-2); mimetic = scaled, with attention that starts on equal tokens and copies "
           "(arXiv:2305.09828)");
  v.field("init_std", c.init_std, kOverZero, "standard deviation of random weights, see init");
}

void visit_sft_data(ConfigVisitor& v, SftDataSection& c) {
  v.field("train_file", c.train_file, "JSONL file of texts, of prompts and completions, or of messages");
  std::vector<std::string> formats{"auto", "text", "prompt_completion", "messages"};
  for (const std::string& name : data_format_names())
    if (name != "fields") formats.push_back(name);
  v.choice("format", c.format, std::move(formats),
           "what a row is; auto = what the first row's fields say; a published set by its name (docs/data.md): its prompt, and its solution as "
           "the completion");
  v.field("shuffle", c.shuffle, "a new order each epoch, a function of run.seed and the epoch; false: file order");
  v.field("limit", c.limit, kNotNegative, "use only the first rows; 0 = all");
  v.field("text_field", c.text_field, "text: field that holds it");
  v.field("prompt_field", c.prompt_field, "prompt_completion: field that holds the prompt");
  v.field("completion_field", c.completion_field, "prompt_completion: field that holds what the model shall write");
  v.field("messages_field", c.messages_field,
          "messages: field that holds [{\"role\", \"content\"}, ...]; rendered by the model folder's chat template");
  v.field("prompt_template", c.prompt_template, "text with {field} places that builds the prompt; empty = prompt_field as it is");
  v.field("completion_template", c.completion_template, "the same for the completion");
  v.field("add_special_tokens", c.add_special_tokens, "let the tokenizer add its own special tokens (e.g. BOS) before a text or prompt");
  v.field("chat_date", c.chat_date, "messages: the date (YYYY-MM-DD) for chat templates that ask for today's");
  v.field("append_eos", c.append_eos, "end texts and completions with the model's end-of-text token where they lack one");
}

void visit_sft(ConfigVisitor& v, SftSection& c) {
  v.field("batch_size", c.batch_size, {.min = 1, .max = 1 << 20}, "rows of one step");
  v.field("max_length", c.max_length, {.min = 2, .max = 1 << 24}, "most tokens of a row (at most the model's context)");
  v.field("packing", c.packing,
          "fill each row with whole examples up to max_length, in order; attention stays within an example, positions start at 0. "
          "Without packing a row is one example. No padding is computed either way");
  v.field("completion_only_loss", c.completion_only_loss,
          "loss on completions only, in messages on the assistant's turns; false: on all tokens. Texts: always on all tokens");
  v.choice("overlong", c.overlong, {"truncate", "split", "drop", "error"},
           "an example longer than max_length: its start, its pieces one by one, nothing, or an error");
}

void visit_sft_eval(ConfigVisitor& v, SftEvalSection& c) {
  v.field("loss_file", c.loss_file, "JSONL file of held-out rows (as train_file) for eval/loss; empty = none");
  v.field("loss_limit", c.loss_limit, kNotNegative, "rows of loss_file used; 0 = all");
  visit_eval(v, c);
  v.choice("format", c.fields.format, data_format_names(), "what a row of eval.file is: fields = as the next keys say, or a published set (docs/data.md)");
  v.field("prompt_field", c.fields.prompt_field, "field of eval.file that holds the prompt");
  v.field("prompt_template", c.fields.prompt_template, "text with {field} places that builds the prompt; empty = prompt_field as it is");
  v.field("apply_chat_template", c.fields.apply_chat_template, "make each prompt a user's message and render it by the model folder's chat template");
  v.field("system_prompt", c.fields.system_prompt, "with apply_chat_template: the system's message before it; empty = none");
  v.field("reference_field", c.fields.reference_field, "field that holds the reference answer");
  v.field("id_field", c.fields.id_field, "field that names the row; absent = line number");
  v.field("task_field", c.fields.task_field, "field by which evaluation is also broken down; may be absent");
}

[[noreturn]] void fail(const std::string& what) { throw Error(ErrorCode::invalid_argument, what); }

}  // namespace

void visit(ConfigVisitor& v, SftConfig& c) {
  v.field("threads", c.threads, kNotNegative, "compute threads of learning and generation; 0 = all cores");
  v.section("run", [&](ConfigVisitor& s) { visit_run(s, c.run); }, "name, place, seed and length of the run");
  v.section("model", [&](ConfigVisitor& s) { visit_sft_model(s, c.model); }, "the model to start from");
  v.section("data", [&](ConfigVisitor& s) { visit_sft_data(s, c.data); }, "training examples");
  v.section("sft", [&](ConfigVisitor& s) { visit_sft(s, c.sft); }, "rows, packing and loss, under TRL's names");
  v.section("optim", [&](ConfigVisitor& s) { visit_optim(s, c.optim); }, "AdamW, schedule and memory of the learner");
  v.section("checkpoint", [&](ConfigVisitor& s) { visit_checkpoint(s, c.checkpoint, {"loss", "reward", "none"}); }, "saved states");
  v.section("eval", [&](ConfigVisitor& s) { visit_sft_eval(s, c.eval); }, "held-out loss, and evaluation by generation with rewards");
  v.section("sampling", [&](ConfigVisitor& s) { visit_sampling(s, c.sampling); }, "how evaluation generates (its temperature is eval's)");
  v.section("rollout", [&](ConfigVisitor& s) { visit_rollout(s, c.rollout); }, "where evaluation generates");
  v.section("tls", [&](ConfigVisitor& s) { visit_tls(s, c.tls); }, "mutual TLS to workers and reward servers");
  v.section("rewards", [&](ConfigVisitor& s) { visit_rewards(s, c.rewards); }, "the rules that score evaluation's completions");
  v.section("log", [&](ConfigVisitor& s) { visit_log(s, c.log); }, "what is written and shown");
  v.section("cost", [&](ConfigVisitor& s) { visit_cost(s, c.cost); }, "prices, for the ledger of cost (docs/compare.md)");
}

TrainConfig SftConfig::generation() const {
  TrainConfig out;
  out.run = run;
  out.model = model;
  out.data = eval.fields;
  out.data.add_special_tokens = data.add_special_tokens;
  out.data.chat_date = data.chat_date;
  out.sampling = sampling;
  out.optim = optim;
  out.rollout = rollout;
  out.tls = tls;
  out.rewards = rewards;
  out.checkpoint = checkpoint;
  out.eval = eval;
  out.log = log;
  out.cost = cost;
  out.threads = threads;
  return out;
}

SftConfig load_sft_config(const std::filesystem::path& file, const std::vector<std::string>& overrides) {
  SftConfig config;
  load_config_file(file, overrides, [&](ConfigVisitor& v) { visit(v, config); },
                   {&config.model.path, &config.data.train_file, &config.eval.file, &config.eval.loss_file, &config.tls.certificate,
                    &config.tls.key, &config.tls.ca});
  validate(config);
  return config;
}

void validate(const SftConfig& c) {
  validate_model(c.model);
  if (c.data.train_file.empty()) fail("/data/train_file: required: a JSONL file of texts, prompts and completions, or messages");
  const bool by_rewards = !c.rewards.functions.text.empty() || !c.rewards.server.empty();
  if (!c.eval.file.empty() && !by_rewards) fail("/eval/file: needs /rewards/functions or /rewards/server to score the answers");
  if (c.eval.file.empty() && c.eval.loss_file.empty() && c.eval.every > 0)
    fail("/eval/every: " + std::to_string(c.eval.every) + " needs /eval/loss_file or /eval/file");
  if (c.checkpoint.best_metric == "reward" && c.eval.file.empty()) fail("/checkpoint/best_metric: reward needs /eval/file");
  validate_eval(c.eval);
  validate_optim(c.optim, c.run);
  validate_cost(c.cost, c.run.budget);
  if (c.run.output_dir.empty()) fail("/run/output_dir: must not be empty");
}

OrderedJson to_json(const SftConfig& config) {
  SftConfig copy = config;
  return dump_config([&](ConfigVisitor& v) { visit(v, copy); });
}

}  // namespace hone
