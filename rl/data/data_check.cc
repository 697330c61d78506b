#include "rl/data/data_check.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <map>

#include "proto/base/json.h"
#include "rewards/words.h"
#include "rl/data/flaw_counts.h"
#include "rl/data/length_stats.h"

namespace hone {
namespace {

constexpr std::size_t kMostFields = 1000;  // a file whose keys are data is no reason to keep them all

/// Types of each field, by the number of rows.
class FieldTypes {
 public:
  void add(const Json& row) {
    for (const auto& [key, value] : row.items())
      if (types_.size() < kMostFields || types_.contains(key)) types_[key][json_type_name(value)] += 1;
  }
  std::string text() const {
    std::string out = "fields\n";
    for (const auto& [key, types] : types_) {
      out += "  " + key + ":";
      for (const auto& [type, count] : types) out += " " + type + " " + std::to_string(count);
      out += "\n";
    }
    return out;
  }
  OrderedJson json() const {
    OrderedJson out = OrderedJson::object();
    for (const auto& [key, types] : types_) out[key] = types;
    return out;
  }

 private:
  std::map<std::string, std::map<std::string, int64_t>> types_;
};

struct NamedLengths {
  const char* name;
  LengthStats stats;
};

std::string lengths_text(const std::vector<NamedLengths>& lengths) {
  std::string out = "lengths                  min      mean       50 %       95 %       99 %       max\n";
  char line[128];
  for (const NamedLengths& l : lengths) {
    std::snprintf(line, sizeof line, "  %-18s %7ld %9.1f %10ld %10ld %10ld %9ld\n", l.name, static_cast<long>(l.stats.min()), l.stats.mean(),
                  static_cast<long>(l.stats.percentile(0.5)), static_cast<long>(l.stats.percentile(0.95)),
                  static_cast<long>(l.stats.percentile(0.99)), static_cast<long>(l.stats.max()));
    out += line;
  }
  return out;
}

OrderedJson lengths_json(const std::vector<NamedLengths>& lengths) {
  OrderedJson out = OrderedJson::object();
  for (const NamedLengths& l : lengths)
    out[l.name] = {{"min", l.stats.min()}, {"mean", l.stats.mean()}, {"p50", l.stats.percentile(0.5)}, {"p95", l.stats.percentile(0.95)},
                   {"p99", l.stats.percentile(0.99)}, {"max", l.stats.max()}};
  return out;
}

}  // namespace

DataReport check_data(RowFiles& files, const ScreenOptions& options, std::size_t examples,
                      const std::function<int64_t(std::string_view)>& token_count) {
  const auto start = std::chrono::steady_clock::now();
  RowScreen screen(options, files);
  FlawCounts flaws(examples);
  FieldTypes fields;
  std::vector<NamedLengths> lengths{{"prompt characters", {}}, {"prompt words", {}}, {"reference bytes", {}}};
  if (token_count) lengths.push_back({"prompt tokens", {}});
  int64_t rows = 0, flawed = 0, bytes = 0;
  files.for_each([&](const RowPlace& place, const std::string& text) {
    rows += 1;
    bytes += static_cast<int64_t>(text.size());
    const ScreenedRow row = screen.examine(place, text, true);
    flawed += row.flaws.empty() ? 0 : 1;
    for (const FoundFlaw& flaw : row.flaws) flaws.add(flaw, files.where(place));
    if (row.fields) fields.add(*row.fields);
    if (!row.problem) return;
    Completion prompt;
    prompt.text = row.problem->prompt;
    lengths[0].stats.add(length_of(prompt, LengthUnit::characters));
    lengths[1].stats.add(static_cast<int64_t>(row.prompt_words));
    lengths[2].stats.add(static_cast<int64_t>(row.problem->reference.size()));
    if (token_count) lengths[3].stats.add(token_count(prompt.text));
  });
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  const std::size_t memory = screen.duplicates() ? screen.duplicates()->bytes() : 0;

  DataReport out;
  out.flaws = flaws.total();
  char head[160];
  std::snprintf(head, sizeof head, "%ld rows, %.1f MB; %ld without a flaw, %ld with one or more (%.0f rows/s)\n", static_cast<long>(rows),
                static_cast<double>(bytes) / 1e6, static_cast<long>(rows - flawed), static_cast<long>(flawed), static_cast<double>(rows) / std::max(seconds, 1e-9));
  out.text = head + flaws.text(std::max<int64_t>(rows, 1)) + lengths_text(lengths) + fields.text();
  OrderedJson json{{"rows", rows}, {"bytes", bytes}, {"flawed_rows", flawed}, {"flaws", flaws.json()}, {"lengths", lengths_json(lengths)},
                   {"fields", fields.json()}, {"seconds", seconds}, {"duplicate_index_bytes", memory}};
  if (screen.overlap())
    json["evaluation"] = {{"problems", screen.overlap()->problems()}, {"template_runs", screen.overlap()->template_runs()}};
  out.json = dump_line(json);
  return out;
}

}  // namespace hone
