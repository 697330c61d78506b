// What is wrong with a row: each question that `hone data check` and `hone data filter` ask of it, in one place.
// Thread rule: one thread.
#pragma once

#include <cstdint>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rl/config.h"
#include "rl/data/duplicates.h"
#include "rl/data/gold_check.h"
#include "rl/data/overlap.h"
#include "rl/data/pass_rates.h"
#include "rl/data/row_files.h"

namespace hone {

enum class Flaw : uint8_t {
  broken,         // not a JSON object
  field,          // a field is absent or ill-typed
  too_short,
  too_long,
  no_pass_rate,   // no record names the row
  pass_rate,      // outside the limits
  gold_unusable,
  gold_fails,
  gold_error,     // the rule itself failed
  overlap,
  duplicate,
  conflict,       // the same prompt, another reference
  near_duplicate,
};
constexpr std::size_t kFlaws = 13;
/// "near_duplicate".
std::string_view to_string(Flaw flaw);
/// "nearly the prompt of an earlier row".
std::string_view description(Flaw flaw);

struct ScreenOptions {
  DataSection fields;
  std::optional<DuplicateOptions> duplicates;
  std::vector<std::string> evaluation_files;
  DataSection evaluation_fields;
  int64_t overlap_words = 13;
  std::string rewards;  // as rewards.functions; "" = golds are not checked
  std::vector<std::string> pass_rate_records;
  std::string pass_rate_field;  // of the row itself; "" = none
  double pass_rate_min = 0.2, pass_rate_max = 0.8;
  int64_t min_words = 0, max_words = 0;  // of the prompt; 0 = no limit
};

struct FoundFlaw {
  Flaw flaw;
  std::string detail;
};

struct ScreenedRow {
  std::vector<FoundFlaw> flaws;
  std::size_t prompt_words = 0;
  std::optional<Problem> problem;          // when the row could be read
  std::unique_ptr<nlohmann::json> fields;  // the row as it stands, when it is an object
};

class RowScreen {
 public:
  /// Reads evaluation files and records; `files` outlives this. Throws invalid_argument / not_found; failed_precondition when near
  /// duplicates are asked for and the files cannot be read again.
  RowScreen(const ScreenOptions& options, RowFiles& files);
  ~RowScreen();

  /// `all` = every flaw, else the first one: a row that is dropped is not what a later row repeats.
  ScreenedRow examine(const RowPlace& place, const std::string& text, bool all);

  const DuplicateFinder* duplicates() const { return duplicates_.get(); }
  const EvaluationOverlap* overlap() const { return overlap_ ? &*overlap_ : nullptr; }

 private:
  void read_evaluation(const std::string& file);
  std::optional<FoundFlaw> length_flaw(std::size_t words) const;
  std::optional<FoundFlaw> pass_rate_flaw(const nlohmann::json& row, const std::string& id) const;
  std::optional<FoundFlaw> gold_flaw(const Problem& problem, const nlohmann::json& row, const std::string& where) const;
  std::optional<FoundFlaw> overlap_flaw(std::span<const uint64_t> words) const;
  std::optional<FoundFlaw> duplicate_flaw(const Problem& problem, std::span<const uint64_t> words, const RowPlace& place);
  std::string prompt_again(const RowPlace& place);

  ScreenOptions options_;
  RowFiles& files_;
  std::optional<EvaluationOverlap> overlap_;
  std::unique_ptr<GoldCheck> gold_;
  std::unique_ptr<DuplicateFinder> duplicates_;
  PassRates pass_rates_;
};

}  // namespace hone
