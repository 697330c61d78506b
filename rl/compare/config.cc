#include "rl/compare/config.h"

#include <algorithm>
#include <array>
#include <set>

#include "proto/base/error.h"
#include "proto/base/file.h"
#include "proto/base/json.h"
#include "rewards/pattern.h"

namespace hone {
namespace {

namespace fs = std::filesystem;

constexpr Range kPositive{.min = 1};
constexpr Range kNotNegative{.min = 0};
constexpr Range kOverZero{.min = 0, .min_open = true};

constexpr std::array<const char*, 4> kKinds{"prompt", "sft", "rejection_sft", "grpo"};
constexpr std::array<const char*, 3> kRoles{"held_out", "ood", "skill"};
/// Keys of run configs that hold paths.
constexpr std::array<std::string_view, 5> kPathKeys{"model.path", "data.train_file", "eval.file", "eval.loss_file", "distill.teacher"};
/// Keys that belong to the comparison: an arm must not set them.
constexpr std::array<std::string_view, 3> kReservedKeys{"run.output_dir", "run.seed", "model.path"};

[[noreturn]] void fail(const std::string& what) { throw Error(ErrorCode::invalid_argument, what); }

template <std::size_t N>
std::vector<std::string> texts(const std::array<const char*, N>& values) {
  return {values.begin(), values.end()};
}

std::string folder_id(const std::string& name) {
  std::string out;
  for (const char c : name) {
    const bool upper = c >= 'A' && c <= 'Z', plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    if (upper || plain) out += upper ? static_cast<char>(c - 'A' + 'a') : c;
    else if (!out.empty() && out.back() != '-') out += '-';
  }
  while (!out.empty() && out.back() == '-') out.pop_back();
  return out;
}

/// The raw form of one JSON object of the file.
struct RawArm {
  std::string name, kind = "prompt", config;
  JsonText set, eval_set;
  RejectionConfig rejection;
};

struct RawSet {
  std::string name, file, group_by, role = "held_out";
  JsonText set;
};

void visit_rejection(ConfigVisitor& v, RejectionConfig& c) {
  v.field("file", c.file, "rejection_sft: JSONL file of problems to sample on");
  v.field("num_generations", c.num_generations, {.min = 1, .max = 4096}, "rejection_sft: completions a problem; those that are right are kept");
  v.field("temperature", c.temperature, kOverZero, "rejection_sft: of the sampling");
  v.field("per_prompt", c.per_prompt, kNotNegative, "rejection_sft: most completions kept of one problem; 0 = all");
  v.field("limit", c.limit, kNotNegative, "rejection_sft: use only the first problems of the file; 0 = all");
}

void visit_arm(ConfigVisitor& v, RawArm& c) {
  v.field("name", c.name, "what tables and plots call it");
  v.choice("kind", c.kind, texts(kKinds),
           "prompt: the base as it is; sft: hone sft; rejection_sft: the base's own right answers, then hone sft on them; grpo: hone train");
  v.field("config", c.config, "config of hone sft or hone train; its model.path is replaced by the base");
  v.field("set", c.set, "overrides of config: {\"section.key\": value}");
  v.field("eval_set", c.eval_set, "overrides of eval.config for this arm, e.g. {\"data.prompt_template\": ...} for another way to ask");
  v.section("rejection", [&](ConfigVisitor& s) { visit_rejection(s, c.rejection); }, "how rejection_sft samples; rewards, prompts and stop strings are eval.config's");
}

void visit_set(ConfigVisitor& v, RawSet& c) {
  v.field("name", c.name, "what tables and plots call it");
  v.field("file", c.file, "JSONL file of problems");
  v.field("group_by", c.group_by, "field by which the report splits accuracy (e.g. the number of operations); empty = the task field of eval.config");
  v.choice("role", c.role, texts(kRoles), "held_out: the task that the arms learn, unseen problems; ood: the same task, harder or asked otherwise; skill: another task that the base knows");
  v.field("set", c.set, "overrides of eval.config for this set, e.g. other rewards");
}

struct RawConfig {
  CompareConfig out;
  JsonText base_set, arms, sets, eval_set;
};

void visit(ConfigVisitor& v, RawConfig& r) {
  CompareConfig& c = r.out;
  v.field("name", c.name, "title of the report");
  v.field("output_dir", c.output_dir, "folder of all runs and of compare.json and report.html; relative to the working directory");
  v.field("seeds", c.seeds, {.min = 1, .max = 100}, "how often every trained arm is run");
  v.field("first_seed", c.first_seed, kNotNegative, "run.seed of the first; the others follow");
  v.field("arms", r.arms, "array of the arms, see below");
  v.section("base", [&](ConfigVisitor& s) {
    s.field("path", c.base_path, "model folder that every arm starts from, or");
    s.field("config", c.base_config, "config of hone sft that makes the base, once for each seed");
    s.field("set", r.base_set, "overrides of config: {\"section.key\": value}");
  }, "the model that the arms start from");
  v.section("budget", [&](ConfigVisitor& s) {
    s.choice("currency", c.currency, {"flops", "tokens", "seconds", "usd"}, "what is equal between the trained arms (docs/compare.md)");
    s.field("amount", c.amount, kOverZero, "of it for each run, sampling of rejection_sft included; null = see same_as");
    s.field("same_as", c.same_as, "an arm by name: every other trained arm may spend what that one cost, seed by seed; empty and no amount = each stops by its own config");
  }, "each trained run stops with the first step that reaches it; run.max_steps of its config must leave room");
  v.section("eval", [&](ConfigVisitor& s) {
    s.field("config", c.eval_config, "config of a run: its prompts, sampling and rewards are those of every final evaluation");
    s.field("set", r.eval_set, "overrides of it: {\"section.key\": value}");
    s.field("sets", r.sets, "array of problem sets, see below; the first with role held_out is the one of curves, groups and divergence");
    s.field("num_generations", c.num_generations, {.min = 1, .max = 1024}, "completions a problem");
    s.field("temperature", c.temperature, kNotNegative, "0 = greedy");
    s.field("kl_problems", c.kl_problems, kNotNegative, "held-out problems on which the divergence from the base is measured, by one sample each at temperature 1; 0 = not measured");
    s.field("reasoning_pattern", c.reasoning_pattern, "regular expression (PCRE2) that finds reasoning in a completion, for its share; empty = not counted");
    s.field("constant_rules", c.constant_rules, "also score fixed rules (the most frequent answer; the first two numbers added, ...) as a yardstick");
    s.field("examples", c.examples, {.min = 0, .max = 50}, "held-out problems whose answers the report shows before, during and after training");
  }, "what every final model is tested on");
  v.section("cost", [&](ConfigVisitor& s) { visit_cost(s, c.cost); }, "prices, laid over those of the arms' configs");
}

/// {"run": {"max_steps": 1}} and {"run.max_steps": 1} are the same.
std::vector<std::pair<std::string, Json>> flattened(const Json& object, const std::string& prefix) {
  std::vector<std::pair<std::string, Json>> out;
  for (const auto& [key, value] : object.items()) {
    if (!value.is_object()) {
      out.emplace_back(prefix + key, value);
      continue;
    }
    for (auto& entry : flattened(value, prefix + key + ".")) out.push_back(std::move(entry));
  }
  return out;
}

Overrides read_overrides(const JsonText& raw, const std::string& path, const fs::path& folder, bool of_run) {
  Overrides out;
  if (raw.text.empty()) return out;
  const Json object = parse_json(raw.text, path);
  if (!object.is_object()) fail(path + ": expected an object of {\"section.key\": value}, found " + json_type_name(object));
  for (const auto& [key, value] : flattened(object, "")) {
    if (of_run && std::find(kReservedKeys.begin(), kReservedKeys.end(), key) != kReservedKeys.end())
      fail(path + "/" + key + ": is set by the comparison (output_dir, seeds, base)");
    Json resolved = value;
    const bool is_path = std::find(kPathKeys.begin(), kPathKeys.end(), key) != kPathKeys.end();
    if (is_path && value.is_string() && !value.get<std::string>().empty() && fs::path(value.get<std::string>()).is_relative())
      resolved = (folder / value.get<std::string>()).lexically_normal().string();
    out.emplace_back(key, resolved.dump());
  }
  return out;
}

std::string resolved(const std::string& path, const fs::path& folder) {
  if (path.empty() || fs::path(path).is_absolute()) return path;
  return (folder / path).lexically_normal().string();
}

template <class Raw, class Make>
void for_each_entry(const JsonText& list, const std::string& path, void (*visit_entry)(ConfigVisitor&, Raw&), const Make& make) {
  if (list.text.empty()) return;
  const Json entries = parse_json(list.text, path);
  if (!entries.is_array()) fail(path + ": expected an array of objects, found " + json_type_name(entries));
  std::set<std::string> ids;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    Raw raw;
    const std::string entry = path + "/" + std::to_string(i);
    load_config(entries[i], entry, [&](ConfigVisitor& v) { visit_entry(v, raw); });
    const std::string id = folder_id(raw.name);
    if (id.empty()) fail(entry + "/name: required: a name with letters or digits");
    if (!ids.insert(id).second) fail(entry + "/name: '" + raw.name + "' is taken (names that differ in case or signs only share a folder)");
    make(raw, id, entry);
  }
}

ArmKind kind_from(const std::string& name) {
  return static_cast<ArmKind>(std::find(kKinds.begin(), kKinds.end(), name) - kKinds.begin());
}

void read_arms(RawConfig& raw, const fs::path& folder) {
  for_each_entry<RawArm>(raw.arms, "/arms", visit_arm, [&](RawArm& r, const std::string& id, const std::string& path) {
    ArmConfig arm{r.name, id, kind_from(r.kind), resolved(r.config, folder), read_overrides(r.set, path + "/set", folder, true),
                  read_overrides(r.eval_set, path + "/eval_set", folder, false), r.rejection};
    arm.rejection.file = resolved(r.rejection.file, folder);
    if ((arm.kind == ArmKind::prompt) != arm.config.empty())
      fail(path + "/config: " + (arm.kind == ArmKind::prompt ? "a prompt arm trains nothing; use eval_set" : "required: a config of hone " + std::string(arm.kind == ArmKind::grpo ? "train" : "sft")));
    if ((arm.kind == ArmKind::rejection_sft) == arm.rejection.file.empty())
      fail(path + "/rejection/file: " + (arm.kind == ArmKind::rejection_sft ? "required: problems to sample on" : "is for kind rejection_sft"));
    raw.out.arms.push_back(std::move(arm));
  });
}

void read_sets(RawConfig& raw, const fs::path& folder) {
  for_each_entry<RawSet>(raw.sets, "/eval/sets", visit_set, [&](RawSet& r, const std::string& id, const std::string& path) {
    if (r.file.empty()) fail(path + "/file: required: a JSONL file of problems");
    const auto role = static_cast<SetRole>(std::find(kRoles.begin(), kRoles.end(), r.role) - kRoles.begin());
    raw.out.sets.push_back({r.name, id, resolved(r.file, folder), r.group_by, role, read_overrides(r.set, path + "/set", folder, false)});
  });
}

void validate(const CompareConfig& c) {
  if (c.base_path.empty() == c.base_config.empty()) fail("/base: give one of path (a model folder) and config (of hone sft)");
  if (!c.base_set.empty() && c.base_config.empty()) fail("/base/set: needs /base/config");
  if (c.arms.empty()) fail("/arms: at least one is needed");
  if (c.eval_config.empty()) fail("/eval/config: required: the config whose prompts, sampling and rewards every model is tested with");
  const auto is_held_out = [](const EvalSetConfig& s) { return s.role == SetRole::held_out; };
  if (std::none_of(c.sets.begin(), c.sets.end(), is_held_out)) fail("/eval/sets: a set with role held_out is needed");
  if (c.temperature == 0 && c.num_generations > 1)
    fail("/eval/num_generations: " + std::to_string(c.num_generations) + " greedy completions are all equal; set /eval/temperature");
  if (c.amount && !c.same_as.empty()) fail("/budget: give one of amount and same_as");
  if (!c.same_as.empty()) {
    const auto arm = std::find_if(c.arms.begin(), c.arms.end(), [&](const ArmConfig& a) { return a.name == c.same_as; });
    if (arm == c.arms.end() || arm->kind == ArmKind::prompt) fail("/budget/same_as: '" + c.same_as + "' is not the name of a trained arm");
  }
  if (c.currency == "usd" && !c.cost.usd_per_hour.value_or(0.0)) fail("/budget/currency: usd needs /cost/usd_per_hour");
  hardware_prices(c.cost);
  if (!c.reasoning_pattern.empty()) Pattern(c.reasoning_pattern, Pattern::Part::search);
}

}  // namespace

std::string_view to_string(ArmKind kind) { return kKinds[static_cast<std::size_t>(kind)]; }
std::string_view to_string(SetRole role) { return kRoles[static_cast<std::size_t>(role)]; }

std::vector<std::string> assignments(const Overrides& overrides) {
  std::vector<std::string> out;
  for (const auto& [key, value] : overrides) out.push_back(key + "=" + value);
  return out;
}

const EvalSetConfig& CompareConfig::held_out() const {
  return *std::find_if(sets.begin(), sets.end(), [](const EvalSetConfig& s) { return s.role == SetRole::held_out; });
}

CompareConfig load_compare_config(const fs::path& file, const std::vector<std::string>& overrides) {
  require_file(file, "config");
  Json json = read_json_file(file, true);
  for (const std::string& o : overrides) apply_override(json, o);
  const fs::path folder = fs::absolute(file).parent_path();
  RawConfig raw;
  try {
    load_config(json, "", [&](ConfigVisitor& v) { visit(v, raw); });
    CompareConfig& c = raw.out;
    c.base_path = resolved(c.base_path, folder);
    c.base_config = resolved(c.base_config, folder);
    c.eval_config = resolved(c.eval_config, folder);
    c.base_set = read_overrides(raw.base_set, "/base/set", folder, false);
    c.eval_set = read_overrides(raw.eval_set, "/eval/set", folder, false);
    read_arms(raw, folder);
    read_sets(raw, folder);
    validate(c);
  } catch (const Error& e) {
    throw Error(e.code(), file.string() + ": " + e.what());
  }
  return std::move(raw.out);
}

std::string compare_config_help(bool markdown) {
  RawConfig defaults;
  RawArm arm;
  RawSet set;
  return config_help([&](ConfigVisitor& v) {
    visit(v, defaults);
    v.section("arms[]", [&](ConfigVisitor& s) { visit_arm(s, arm); }, "one entry of arms");
    v.section("eval.sets[]", [&](ConfigVisitor& s) { visit_set(s, set); }, "one entry of eval.sets");
  }, markdown);
}

}  // namespace hone
