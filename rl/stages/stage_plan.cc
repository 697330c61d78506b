#include "rl/stages/stage_plan.h"

#include <algorithm>
#include <map>
#include <set>

#include "proto/base/config.h"
#include "proto/base/digest.h"
#include "proto/base/error.h"
#include "proto/base/file.h"
#include "proto/base/json.h"
#include "proto/base/suggest.h"

namespace hone {
namespace {

namespace fs = std::filesystem;

struct StageText {
  std::string name, kind, config;
  std::vector<std::string> inputs;
  JsonText set, options;
};

void visit(ConfigVisitor& v, StageText& s) {
  v.field("name", s.name, "the stage's folder below output_dir");
  v.choice("kind", s.kind, {"", "sft", "train", "distill", "generate", "filter"}, "what it runs");
  v.field("config", s.config, "of sft, train, distill: the run's configuration, from the pipeline's folder");
  v.field("inputs", s.inputs, "of generate: the model; of filter: the files");
  v.field("set", s.set, "of sft, train, distill: overrides, {\"section.key\": value}");
  v.field("options", s.options, "of generate, filter: their options without --, {\"n\": 4}");
}

struct PlanText {
  std::string name = "pipeline", output_dir;
  JsonText stages;
};

void visit(ConfigVisitor& v, PlanText& p) {
  v.field("name", p.name, "label of the pipeline");
  v.field("output_dir", p.output_dir, "folder of all stages, from the working directory");
  v.field("stages", p.stages, "array of stages");
}

[[noreturn]] void fail(const std::string& what) { throw Error(ErrorCode::invalid_argument, what); }

bool is_run(const StageText& s) { return s.kind == "sft" || s.kind == "train" || s.kind == "distill"; }

/// Turns one stage after another into a command; knows those before it.
class Planner {
 public:
  Planner(fs::path folder, fs::path output_dir) : folder_(std::move(folder)), output_dir_(std::move(output_dir)) {}

  Stage plan(const StageText& s, const std::string& where, const std::vector<std::string>& overrides) {
    check(s, where);
    used_.clear();
    Stage stage{s.name, {}, output_dir_ / s.name, ""};
    std::string config_text;
    if (is_run(s)) {
      const fs::path config = folder_ / s.config;
      config_text = read_file(config);
      stage.arguments = {s.kind, config.string()};
      const Json set = object(s.set, where + "/set");
      for (const auto& [key, value] : set.items()) add_set(stage, key + "=" + resolved(value, where + "/set/" + key).dump());
      for (const std::string& override : overrides) add_set(stage, override);
      add_set(stage, "run.output_dir=" + stage.folder.string());
      stage.arguments.push_back("--resume");
    } else {
      Json options = object(s.options, where + "/options");
      for (const std::string& override : overrides) apply_override(options, override);
      if (s.kind == "generate") stage.arguments = {"generate"};
      else stage.arguments = {"data", "filter"};
      for (const std::string& input : s.inputs) stage.arguments.push_back(resolved_text(input, where + "/inputs"));
      for (const auto& [key, value] : options.items()) add_option(stage, key, resolved(value, where + "/options/" + key));
      stage.arguments.insert(stage.arguments.end(), {"--output", (stage.folder / "rows.jsonl").string()});
    }
    stage.identity = identity(stage, config_text);
    names_.push_back(s.name);
    identities_[s.name] = stage.identity;
    return stage;
  }

 private:
  void check(const StageText& s, const std::string& where) const {
    const auto valid = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-'; };
    if (s.name.empty() || !std::all_of(s.name.begin(), s.name.end(), valid))
      fail(where + "/name: \"" + s.name + "\" must be letters, digits, _ and -");
    if (identities_.contains(s.name)) fail(where + "/name: \"" + s.name + "\" is an earlier stage's too");
    if (s.kind.empty()) fail(where + "/kind: required: sft, train, distill, generate or filter");
    if (is_run(s) && s.config.empty()) fail(where + "/config: required for kind " + s.kind);
    if (is_run(s) && (!s.inputs.empty() || !s.options.text.empty())) fail(where + ": kind " + s.kind + " takes config and set, not inputs and options");
    if (!is_run(s) && (!s.config.empty() || !s.set.text.empty())) fail(where + ": kind " + s.kind + " takes inputs and options, not config and set");
    if (!is_run(s) && s.inputs.empty()) fail(where + "/inputs: required for kind " + s.kind);
  }

  static Json object(const JsonText& text, const std::string& where) {
    Json out = text.text.empty() ? Json::object() : parse_json(text.text, where);
    if (!out.is_object()) fail(where + ": expected an object, found " + json_type_name(out));
    return out;
  }

  static void add_set(Stage& stage, const std::string& assignment) { stage.arguments.insert(stage.arguments.end(), {"--set", assignment}); }

  static void add_option(Stage& stage, const std::string& key, const Json& value) {
    const std::string option = "--" + key;
    if (value.is_array()) {
      for (const Json& one : value) add_option(stage, key, one);
    } else if (value.is_boolean()) {
      if (value.get<bool>()) stage.arguments.push_back(option);
    } else {
      stage.arguments.insert(stage.arguments.end(), {option, value.is_string() ? value.get<std::string>() : value.dump()});
    }
  }

  Json resolved(const Json& value, const std::string& where) {
    if (value.is_string()) return resolved_text(value.get<std::string>(), where);
    Json out = value;
    if (value.is_array())
      for (Json& one : out) one = resolved(one, where);
    return out;
  }

  std::string resolved_text(const std::string& text, const std::string& where) {
    const std::size_t slash = text.find('/');
    if (!text.starts_with('@') || slash == std::string::npos) return text;
    const std::string name = text.substr(1, slash - 1);
    if (name.empty()) return (folder_ / text.substr(2)).lexically_normal().string();
    if (!identities_.contains(name)) fail(where + ": \"" + text + "\": no earlier stage is called " + name + suggestion(name, names_));
    used_.insert(name);
    return (output_dir_ / name / text.substr(slash + 1)).string();
  }

  /// Changes with the command, the run's configuration and whatever the stages before it compute.
  std::string identity(const Stage& stage, const std::string& config_text) const {
    std::string all = config_text;
    for (const std::string& argument : stage.arguments) all += argument + '\n';
    for (const std::string& name : used_) all += identities_.at(name);
    return digest128_hex(all);
  }

  fs::path folder_, output_dir_;
  std::vector<std::string> names_;
  std::map<std::string, std::string> identities_;
  std::set<std::string> used_;  // by the stage that is planned
};

/// Overrides by stage; "output_dir=..." goes to the plan.
std::map<std::string, std::vector<std::string>> split(const std::vector<std::string>& overrides, PlanText& plan) {
  std::map<std::string, std::vector<std::string>> out;
  for (const std::string& override : overrides) {
    const std::size_t equals = override.find('='), dot = override.find('.');
    if (equals == std::string::npos) fail("--set " + override + ": '=' is missing");
    if (override.starts_with("output_dir=")) plan.output_dir = override.substr(equals + 1);
    else if (dot >= equals) fail("--set " + override + ": give STAGE.section.key=value, STAGE.option=value or output_dir=FOLDER");
    else out[override.substr(0, dot)].push_back(override.substr(dot + 1));
  }
  return out;
}

template <class Section>
Section load(const Json& json, const std::string& path) {
  Section section;
  load_config(json, path, [&](ConfigVisitor& v) { visit(v, section); });
  return section;
}

}  // namespace

StagePlan load_stage_plan(const fs::path& file, const std::vector<std::string>& overrides) {
  require_file(file, "pipeline");
  try {
    PlanText text = load<PlanText>(read_json_file(file, true), "");
    auto by_stage = split(overrides, text);
    if (text.output_dir.empty()) fail("/output_dir: required");
    const Json stages = text.stages.text.empty() ? Json::array() : parse_json(text.stages.text, "/stages");
    if (!stages.is_array() || stages.empty()) fail("/stages: an array of at least one stage is required");
    StagePlan plan{text.name, text.output_dir, {}};
    Planner planner(file.has_parent_path() ? file.parent_path() : fs::path("."), plan.output_dir);
    for (std::size_t i = 0; i < stages.size(); ++i) {
      const std::string where = "/stages/" + std::to_string(i);
      const StageText stage = load<StageText>(stages[i], where);
      plan.stages.push_back(planner.plan(stage, where, by_stage[stage.name]));
    }
    std::vector<std::string> names;
    for (const Stage& stage : plan.stages) names.push_back(stage.name);
    for (const auto& [name, unused] : by_stage)
      if (std::find(names.begin(), names.end(), name) == names.end()) fail("--set " + name + "....: no stage of that name" + suggestion(name, names));
    return plan;
  } catch (const Error& e) {
    if (e.code() != ErrorCode::invalid_argument || std::string_view(e.what()).starts_with(file.string())) throw;
    throw Error(e.code(), file.string() + ": " + e.what());
  }
}

std::string to_text(const StagePlan& plan) {
  std::string out;
  for (std::size_t i = 0; i < plan.stages.size(); ++i) {
    out += std::to_string(i + 1) + " " + plan.stages[i].name + ": hone";
    for (const std::string& argument : plan.stages[i].arguments) out += " " + argument;
    out += "\n";
  }
  return out;
}

}  // namespace hone
