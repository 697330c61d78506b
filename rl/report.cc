#include "rl/report.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <limits>
#include <map>
#include <optional>
#include <sstream>

#include "proto/base/error.h"
#include "proto/base/file.h"
#include "proto/base/format.h"
#include "proto/base/json.h"
#include "proto/base/jsonl.h"
#include "rl/evaluator.h"
#include "rl/ledger.h"
#include "rl/progress.h"

namespace hone {
namespace {

namespace fs = std::filesystem;

struct Series {
  std::vector<double> x, y;
  void add(double step, double value) {
    x.push_back(step);
    y.push_back(value);
  }
};

struct RunData {
  Series reward, length, accuracy, loss, held_out_loss;
  bool supervised = false;  // of hone sft or hone distill: a loss and no rewards
  double seconds = 0.0, eval_seconds = 0.0;
  int64_t steps = 0, generated = 0, prompt = 0, trained = 0, peak_bytes = 0, tokens = 0;
  Json first_eval, last_eval;
  std::optional<RunCost> cost;  // absent in runs of versions without a ledger
};

double number(const Json& row, const char* key) {
  const auto it = row.find(key);
  return it != row.end() && it->is_number() ? it->get<double>() : std::numeric_limits<double>::quiet_NaN();
}

int64_t integer(const Json& row, const char* key) {
  const auto it = row.find(key);
  return it != row.end() && it->is_number_integer() ? it->get<int64_t>() : 0;
}

/// The run's cost so far, of a step's line.
RunCost cost_of(const Json& row) {
  RunCost cost;
  cost.prompt_tokens = integer(row, "cost/prompt_tokens");
  cost.generated_tokens = integer(row, "cost/generated_tokens");
  cost.learner_tokens = integer(row, "cost/learner_tokens");
  cost.learner_flops = number(row, "cost/flops");  // a line has the sum only
  cost.seconds = number(row, "cost/seconds");
  if (row.contains("cost/energy_j")) cost.energy_j = number(row, "cost/energy_j");
  return cost;
}

/// The section `cost` of the run's config.
CostSection cost_section_of(const fs::path& folder) {
  CostSection section;
  const fs::path file = folder / "config.json";
  if (!fs::exists(file)) return section;
  const Json config = read_json_file(file);
  if (const auto it = config.find("cost"); it != config.end())
    load_config(*it, file.string() + ": /cost", [&](ConfigVisitor& v) { visit_cost(v, section); });
  return section;
}

RunData read_metrics(const fs::path& file) {
  RunData run;
  for_each_jsonl(file, [&](const Json& row, std::size_t) {
    const double step = number(row, "step");
    if (row.contains("eval/time_s")) {
      run.eval_seconds += number(row, "eval/time_s");
      if (row.contains("eval/loss")) run.held_out_loss.add(step, number(row, "eval/loss"));
      if (!row.contains("eval/accuracy")) return;
      run.accuracy.add(step, number(row, "eval/accuracy"));
      if (run.first_eval.is_null()) run.first_eval = row;
      run.last_eval = row;
      return;
    }
    run.supervised = !row.contains("reward");
    run.loss.add(step, number(row, "loss"));
    run.tokens = integer(row, "num_tokens");
    run.reward.add(step, number(row, "reward"));
    run.length.add(step, number(row, "completions/mean_length"));
    run.seconds += number(row, "step_time");
    run.steps += 1;
    run.generated += integer(row, "rollout/generated_tokens");
    run.prompt += integer(row, "rollout/prompt_tokens");
    run.trained += integer(row, "learner/trained_tokens");
    if (row.contains("cost/tokens")) run.cost = cost_of(row);
    run.peak_bytes = std::max(run.peak_bytes, integer(row, "memory/peak_bytes"));
  });
  return run;
}

std::string percent(double v) {
  return format("%.1f", 100 * v);
}

std::string one_decimal(double v) {
  return format("%.1f", v);
}

double mean(const std::vector<double>& values, std::size_t begin, std::size_t count) {
  double sum = 0.0;
  for (std::size_t i = begin; i < begin + count; ++i) sum += values[i];
  return sum / static_cast<double>(count);
}

std::string eval_text(const Json& row) {
  return percent(number(row, "eval/accuracy")) + " % [" + percent(number(row, "eval/accuracy_low")) + ", " +
         percent(number(row, "eval/accuracy_high")) + "]";
}

fs::path eval_file(const fs::path& run, const Json& row) {
  const std::string name = format("eval-%06ld.jsonl", static_cast<long>(integer(row, "step")));
  return run / name;
}

std::string one_line(const std::string& text) {
  std::string out;
  for (char c : text) out += c == '\n' ? std::string("\\n") : std::string(1, c);
  return out;
}

/// Mean of consecutive pieces, so that a noisy curve fits the chart's width.
Series smoothed(const Series& in, std::size_t points) {
  const std::size_t n = in.y.size();
  if (n <= points) return in;
  Series out;
  for (std::size_t i = 0; i < points; ++i) {
    const std::size_t begin = i * n / points, end = (i + 1) * n / points;
    double sum = 0.0;
    for (std::size_t j = begin; j < end; ++j) sum += in.y[j];
    out.add(in.x[end - 1], sum / static_cast<double>(end - begin));
  }
  return out;
}

void write_comparison(std::ostringstream& out, OrderedJson& json, const fs::path& folder, const RunData& run, int examples) {
  const auto before = read_eval_records(eval_file(folder, run.first_eval).string());
  const auto after = read_eval_records(eval_file(folder, run.last_eval).string());
  const PairedComparison pair = compare_paired(before, after, 0);
  out << "\nheld out, " << before.size() << " problems, step " << integer(run.first_eval, "step") << " -> "
      << integer(run.last_eval, "step") << "\n"
      << "  before     " << eval_text(run.first_eval) << "\n"
      << "  after      " << eval_text(run.last_eval) << "\n"
      << "  gain       " << percent(pair.difference) << " points [" << percent(pair.low) << ", " << percent(pair.high)
      << "] (paired bootstrap, 95 %); " << pair.fixed << " fixed, " << pair.broken << " broken, McNemar p = " << pair.mcnemar_p << "\n";
  json["gain"] = {{"points", 100 * pair.difference}, {"low", 100 * pair.low}, {"high", 100 * pair.high},
                  {"fixed", pair.fixed}, {"broken", pair.broken}, {"mcnemar_p", pair.mcnemar_p}};
  std::map<std::string, std::array<double, 3>> tasks;  // problems, right before, right after
  for (std::size_t i = 0; i < before.size(); ++i) tasks[before[i].task][0] += 1, tasks[before[i].task][1] += before[i].accuracy;
  for (const EvalRecord& r : after) tasks[r.task][2] += r.accuracy;
  for (const auto& [name, t] : tasks) {
    out << "  " << (name.empty() ? "all" : name) << ": " << t[1] << " -> " << t[2] << " of " << t[0] << " right\n";
    json["tasks"][name] = {{"problems", t[0]}, {"before", t[1]}, {"after", t[2]}};
  }
  std::map<std::string, const EvalRecord*> first;
  for (const EvalRecord& r : before) first[r.problem_id] = &r;
  out << "\nproblems before and after\n";
  int shown = 0;
  const auto show = [&](const EvalRecord& r, const EvalRecord& b) {
    out << "  " << one_line(r.prompt) << "\n    reference " << r.reference << "   before '" << one_line(b.text) << "' "
        << (b.accuracy > 0.5 ? "right" : "wrong") << "   after '" << one_line(r.text) << "' " << (r.accuracy > 0.5 ? "right" : "wrong")
        << "\n";
    ++shown;
  };
  // The first problems of the file, right or wrong: a choice would flatter.
  for (const EvalRecord& r : after)
    if (shown < examples) show(r, *first.at(r.problem_id));
}

}  // namespace

std::string text_chart(const std::string& title, const std::vector<double>& x, const std::vector<double>& y, int width, int height) {
  std::ostringstream out;
  out << title << "\n";
  double low = std::numeric_limits<double>::infinity(), high = -low;
  for (double v : y)
    if (std::isfinite(v)) low = std::min(low, v), high = std::max(high, v);
  if (!std::isfinite(low)) return out.str() + "  (no values)\n";
  low = low >= 0 && low <= 1 && high <= 1 ? 0.0 : low;
  if (high <= low) high = low + 1.0;
  const double x_low = x.front(), x_range = std::max(1e-12, x.back() - x_low);
  std::vector<std::string> rows(static_cast<std::size_t>(height), std::string(static_cast<std::size_t>(width), ' '));
  for (std::size_t i = 0; i < y.size(); ++i) {
    if (!std::isfinite(y[i])) continue;
    const auto column = static_cast<std::size_t>(std::lround((x[i] - x_low) / x_range * (width - 1)));
    const auto level = std::clamp<long>(std::lround((y[i] - low) / (high - low) * (height - 1)), 0, height - 1);
    rows[static_cast<std::size_t>(height - 1 - level)][column] = '*';
  }
  for (int r = 0; r < height; ++r) {
    const bool labelled = r == 0 || r == height - 1 || r == height / 2;
    const std::string label = labelled ? format("%8.3g", low + (high - low) * (height - 1 - r) / std::max(1, height - 1)) : std::string(8, ' ');
    out << "  " << label << " |" << rows[static_cast<std::size_t>(r)] << "\n";
  }
  std::string line = format("%-8g", x_low);
  line.resize(static_cast<std::size_t>(std::max(8, width - 8)), ' ');
  out << "           +" << std::string(static_cast<std::size_t>(width), '-') << "\n            " << line << format("%8g", x.back()) << "  step\n";
  return out.str();
}

namespace {

constexpr int kWidth = 60, kHeight = 12;

std::string three_decimals(double v) {
  return format("%.3f", v);
}

void write_chart(std::ostringstream& out, const std::string& title, const Series& series) {
  if (series.y.empty()) return;
  const Series few = smoothed(series, kWidth / 2);
  out << text_chart(title, few.x, few.y, kWidth, kHeight) << "\n";
}

/// What rewards and rollouts cost and gained.
void write_reinforced(std::ostringstream& out, OrderedJson& json, const RunData& run) {
  const std::size_t ends = std::min<std::size_t>(5, run.reward.y.size());
  const double first_reward = mean(run.reward.y, 0, ends), last_reward = mean(run.reward.y, run.reward.y.size() - ends, ends);
  out << "  tokens: " << run.generated << " generated, " << run.prompt << " of prompts, " << run.trained << " trained\n  first and last " << ends
      << " steps: reward " << percent(first_reward) << " % -> " << percent(last_reward) << " %, mean length " << one_decimal(mean(run.length.y, 0, ends))
      << " -> " << one_decimal(mean(run.length.y, run.length.y.size() - ends, ends)) << " tokens\n";
  json["generated_tokens"] = run.generated;
  json["prompt_tokens"] = run.prompt;
  json["first_reward"] = first_reward;
  json["last_reward"] = last_reward;
}

void write_supervised(std::ostringstream& out, OrderedJson& json, const RunData& run) {
  const std::size_t ends = std::min<std::size_t>(5, run.loss.y.size());
  const double first_loss = mean(run.loss.y, 0, ends), last_loss = mean(run.loss.y, run.loss.y.size() - ends, ends);
  out << "  tokens: " << run.tokens << " read, " << run.trained << " of them targets\n  first and last " << ends << " steps: loss " << three_decimals(first_loss)
      << " -> " << three_decimals(last_loss) << "\n";
  json["tokens"] = run.tokens;
  json["first_loss"] = first_loss;
  json["last_loss"] = last_loss;
  if (run.held_out_loss.y.empty()) return;
  out << "  held-out loss " << three_decimals(run.held_out_loss.y.front()) << " -> " << three_decimals(run.held_out_loss.y.back()) << "\n";
  json["first_eval_loss"] = run.held_out_loss.y.front();
  json["last_eval_loss"] = run.held_out_loss.y.back();
}

/// Work, energy and money, with what others have published for scale.
void write_ledger(std::ostringstream& out, OrderedJson& json, const RunCost& cost, const CostSection& section) {
  out << cost_text(cost, section) << "  for scale, as their authors state it:\n";
  for (const PublishedCost& p : published_costs()) out << "    " << p.what << ": " << p.cost << " (" << p.source << ")\n";
  json["cost"] = cost_report_json(cost, section);
  json["cost"].erase("generation_flops");
  json["cost"].erase("learner_flops");
}

}  // namespace

RunReport make_report(const fs::path& folder, int examples) {
  require_directory(folder, "run folder");
  const RunData run = read_metrics(folder / "metrics.jsonl");
  if (run.steps == 0) throw Error(ErrorCode::invalid_argument, (folder / "metrics.jsonl").string() + ": holds no training step yet");
  std::ostringstream out;
  OrderedJson json;
  if (run.supervised) write_chart(out, "training loss (nats a target token)", run.loss);
  else write_chart(out, "training reward (mean over a step's completions)", run.reward);
  write_chart(out, "held-out loss", run.held_out_loss);
  if (!run.accuracy.y.empty()) out << text_chart("held-out accuracy", run.accuracy.x, run.accuracy.y, kWidth, kHeight);
  json["steps"] = run.steps;
  if (run.accuracy.y.size() >= 2 && fs::exists(eval_file(folder, run.first_eval)) && fs::exists(eval_file(folder, run.last_eval))) {
    json["before"] = number(run.first_eval, "eval/accuracy");
    json["after"] = number(run.last_eval, "eval/accuracy");
    write_comparison(out, json, folder, run, examples);
  }
  out << "\ncost\n  " << run.steps << " steps in " << duration_text(run.seconds) << " (" << three_decimals(run.seconds / static_cast<double>(run.steps))
      << " s a step), evaluation " << duration_text(run.eval_seconds) << "\n";
  if (run.supervised) write_supervised(out, json, run);
  else write_reinforced(out, json, run);
  if (run.cost) write_ledger(out, json, *run.cost, cost_section_of(folder));
  out << "  peak memory " << one_decimal(static_cast<double>(run.peak_bytes) / (1 << 30)) << " GiB\n";
  json["seconds"] = run.seconds;
  json["eval_seconds"] = run.eval_seconds;
  json["trained_tokens"] = run.trained;
  json["peak_memory_bytes"] = run.peak_bytes;
  return {out.str(), json.dump()};
}

}  // namespace hone
