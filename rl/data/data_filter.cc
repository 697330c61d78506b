#include "rl/data/data_filter.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <queue>

#include "proto/base/error.h"
#include "proto/base/file.h"
#include "proto/base/json.h"
#include "proto/base/new_file.h"
#include "proto/base/random.h"
#include "rl/data/flaw_counts.h"

namespace hone {
namespace {

/// The `count` rows of the smallest random numbers: a uniform sample, a function of the seed and the row's index. 16 bytes a row of the sample.
class Sample {
 public:
  Sample(int64_t count, uint64_t seed) : count_(static_cast<std::size_t>(count)), seed_(seed) {}
  void add(uint64_t row) {
    const PhiloxCounter r = philox4x32({static_cast<uint32_t>(row), static_cast<uint32_t>(row >> 32), 0, 0}, philox_key(seed_));
    chosen_.push({static_cast<uint64_t>(r[0]) << 32 | r[1], row});
    if (chosen_.size() > count_) chosen_.pop();
  }
  std::vector<uint64_t> rows() {
    std::vector<uint64_t> out;
    for (; !chosen_.empty(); chosen_.pop()) out.push_back(chosen_.top().second);
    std::sort(out.begin(), out.end());
    return out;
  }

 private:
  std::size_t count_;
  uint64_t seed_;
  std::priority_queue<std::pair<uint64_t, uint64_t>> chosen_;
};

std::string on_one_line(std::string text) {
  std::replace_if(text.begin(), text.end(), [](char c) { return c == '\n' || c == '\r'; }, ' ');  // never inside of a JSON string
  while (!text.empty() && text.back() == ' ') text.pop_back();
  return text;
}

/// Copies the chosen lines (ascending) of `from`.
void copy_lines(const std::string& from, const std::vector<uint64_t>& chosen, NewFile& to) {
  std::ifstream in(from, std::ios::binary);
  std::string line;
  auto next = chosen.begin();
  for (uint64_t number = 0; next != chosen.end() && std::getline(in, line); ++number) {
    if (number != *next) continue;
    to.line(line);
    ++next;
  }
}

void require_other_files(const RowFiles& files, const FilterOptions& options) {
  for (const std::string& out : {options.output, options.rejected})
    for (const std::string& in : files.names())
      if (std::error_code ignored; !out.empty() && std::filesystem::equivalent(in, out, ignored))
        throw Error(ErrorCode::invalid_argument, out + ": is an input too; choose another name for what is written");
}

}  // namespace

DataReport filter_data(RowFiles& files, const FilterOptions& options) {
  const auto start = std::chrono::steady_clock::now();
  require_other_files(files, options);
  RowScreen screen(options.screen, files);
  FlawCounts dropped(options.examples);
  NewFile output(options.output);
  std::optional<NewFile> rejected;
  if (!options.rejected.empty()) rejected.emplace(options.rejected);
  Sample sample(options.sample, options.seed);
  int64_t rows = 0, stayed = 0;
  files.for_each([&](const RowPlace& place, const std::string& text) {
    rows += 1;
    const ScreenedRow row = screen.examine(place, text, false);
    if (row.flaws.empty()) {
      if (options.sample > 0) sample.add(static_cast<uint64_t>(stayed));
      output.line(on_one_line(text));
      stayed += 1;
      return;
    }
    const FoundFlaw& flaw = row.flaws.front();
    dropped.add(flaw, files.where(place));
    if (rejected)
      rejected->line(dump_line(OrderedJson{{"row", files.where(place)}, {"flaw", to_string(flaw.flaw)}, {"detail", flaw.detail}, {"text", text}}));
  });
  int64_t kept = stayed;
  if (options.sample > 0 && options.sample < stayed) {
    NewFile chosen(options.output, ".sample");
    copy_lines(output.flush(), sample.rows(), chosen);
    chosen.publish();
    kept = options.sample;
  } else {
    output.publish();
  }
  if (rejected) rejected->publish();

  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  DataReport out;
  out.flaws = dropped.total();
  char head[160];
  std::snprintf(head, sizeof head, "%ld rows, %ld written, %ld dropped, %ld left out of the sample (%.0f rows/s)\n", static_cast<long>(rows),
                static_cast<long>(kept), static_cast<long>(rows - stayed), static_cast<long>(stayed - kept), static_cast<double>(rows) / std::max(seconds, 1e-9));
  out.text = head + dropped.text(std::max<int64_t>(rows, 1));
  out.json = dump_line(OrderedJson{{"rows", rows}, {"written", kept}, {"dropped", rows - stayed}, {"not_sampled", stayed - kept},
                                   {"reasons", dropped.json()}, {"seconds", seconds}});
  return out;
}

}  // namespace hone
