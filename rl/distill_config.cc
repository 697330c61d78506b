#include "rl/distill_config.h"

#include "proto/base/error.h"
#include "proto/base/json.h"
#include "rl/config_sections.h"

namespace hone {
namespace {

[[noreturn]] void fail(const std::string& what) { throw Error(ErrorCode::invalid_argument, what); }

void validate(const DistillConfig& config) {
  const TrainConfig& c = config.common;
  validate_model(c.model);
  if (config.distill.teacher.empty()) fail("/distill/teacher: required: the teacher's model folder, with the student's tokenizer");
  if (c.data.train_file.empty()) fail("/data/train_file: required: a JSONL file of prompts");
  const bool by_rewards = !c.rewards.functions.text.empty() || !c.rewards.server.empty();
  if (!c.eval.file.empty() && !by_rewards) fail("/eval/file: needs /rewards/functions or /rewards/server to score the answers");
  if (c.eval.file.empty() && c.eval.every > 0) fail("/eval/every: " + std::to_string(c.eval.every) + " needs /eval/file");
  validate_eval(c.eval);
  validate_optim(c.optim, c.run);
  validate_cost(c.cost, c.run.budget);
  if (c.run.output_dir.empty()) fail("/run/output_dir: must not be empty");
}

}  // namespace

void visit(ConfigVisitor& v, DistillConfig& config) {
  TrainConfig& c = config.common;
  v.field("threads", c.threads, {.min = 0}, "compute threads of generation and learning; 0 = all cores");
  v.section("run", [&](ConfigVisitor& s) { visit_run(s, c.run); }, "name, place, seed and length of the run");
  v.section("model", [&](ConfigVisitor& s) { visit_model(s, c.model); }, "the student");
  v.section("distill", [&](ConfigVisitor& s) {
    s.field("teacher", config.distill.teacher, "the teacher's model folder; its vocabulary must be the student's");
    s.field("num_generations", config.distill.num_generations, {.min = 1, .max = 1024}, "completions a prompt");
    s.field("prompts_per_step", config.distill.prompts_per_step, {.min = 1, .max = 65536}, "prompts of one step");
  }, "reverse KL to the teacher on the student's own samples (arXiv:2306.13649 with lambda 1, beta 1; arXiv:2306.08543)");
  v.section("data", [&](ConfigVisitor& s) { visit_data(s, c.data); }, "prompts (the reference answers are for evaluation)");
  v.section("sampling", [&](ConfigVisitor& s) { visit_sampling(s, c.sampling); }, "how the student's samples are drawn; the divergence is taken at this temperature");
  v.section("optim", [&](ConfigVisitor& s) { visit_optim(s, c.optim); }, "AdamW, schedule and memory of the learner");
  v.section("rollout", [&](ConfigVisitor& s) { visit_rollout(s, c.rollout); }, "where completions are generated");
  v.section("tls", [&](ConfigVisitor& s) { visit_tls(s, c.tls); }, "mutual TLS to workers and reward servers");
  v.section("rewards", [&](ConfigVisitor& s) { visit_rewards(s, c.rewards); }, "the rules that score evaluation's completions");
  v.section("checkpoint", [&](ConfigVisitor& s) { visit_checkpoint(s, c.checkpoint, {"reward", "none"}); }, "saved states");
  v.section("eval", [&](ConfigVisitor& s) { visit_eval(s, c.eval); }, "held-out evaluation during the run");
  v.section("log", [&](ConfigVisitor& s) { visit_log(s, c.log); }, "what is written and shown");
  v.section("cost", [&](ConfigVisitor& s) { visit_cost(s, c.cost); }, "prices, for the ledger of cost (docs/compare.md)");
}

DistillConfig load_distill_config(const std::filesystem::path& file, const std::vector<std::string>& overrides) {
  DistillConfig config;
  TrainConfig& c = config.common;
  load_config_file(file, overrides, [&](ConfigVisitor& v) { visit(v, config); },
                   {&c.model.path, &config.distill.teacher, &c.data.train_file, &c.eval.file, &c.tls.certificate, &c.tls.key, &c.tls.ca});
  validate(config);
  return config;
}

OrderedJson to_json(const DistillConfig& config) {
  DistillConfig copy = config;
  return dump_config([&](ConfigVisitor& v) { visit(v, copy); });
}

}  // namespace hone
