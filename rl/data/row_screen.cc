#include "rl/data/row_screen.h"

#include <array>
#include <cstdio>

#include "proto/base/error.h"
#include "proto/base/json.h"
#include "proto/base/jsonl.h"
#include "proto/base/log.h"
#include "rl/data/data_format.h"
#include "rl/data/words.h"
#include "rl/dataset.h"

namespace hone {
namespace {

struct FlawText {
  std::string_view name, description;
};
constexpr std::array<FlawText, kFlaws> kTexts{{
    {"broken", "not a JSON object"},
    {"field", "a field is absent or of the wrong type"},
    {"too_short", "the prompt has fewer words than asked for"},
    {"too_long", "the prompt has more words than asked for"},
    {"no_pass_rate", "no record says how often the problem was solved"},
    {"pass_rate", "solved too rarely or too often"},
    {"gold_unusable", "the verifier finds no answer in the reference"},
    {"gold_fails", "the reference does not score 1 against itself"},
    {"gold_error", "the verifier failed on the reference"},
    {"overlap", "shares a run of words with an evaluation problem"},
    {"duplicate", "prompt and reference of an earlier row"},
    {"conflict", "prompt of an earlier row, another reference"},
    {"near_duplicate", "nearly the prompt of an earlier row"},
}};

std::string number(double value) {
  char out[32];
  std::snprintf(out, sizeof out, "%.3g", value);
  return out;
}

/// The message without the "FILE:LINE: " that names the row.
std::string without_where(const std::string& message, const std::string& where) {
  return message.starts_with(where + ": ") ? message.substr(where.size() + 2) : message;
}

}  // namespace

std::string_view to_string(Flaw flaw) { return kTexts[static_cast<std::size_t>(flaw)].name; }
std::string_view description(Flaw flaw) { return kTexts[static_cast<std::size_t>(flaw)].description; }

RowScreen::RowScreen(const ScreenOptions& options, RowFiles& files) : options_(options), files_(files) {
  if (options.duplicates) {
    if (options.duplicates->near && !files.readable_again())
      throw Error(ErrorCode::failed_precondition, "near duplicates: rows must be read again to be compared, which gzip files and standard input do "
                                                  "not allow; decompress the file, or look for equal rows only");
    duplicates_ = std::make_unique<DuplicateFinder>(*options.duplicates, [this](const RowPlace& place) { return prompt_again(place); });
  }
  if (!options.rewards.empty()) gold_ = std::make_unique<GoldCheck>(options.rewards, options.fields.format);
  for (const std::string& file : options.pass_rate_records) pass_rates_.read(file);
  if (options.evaluation_files.empty()) return;
  overlap_.emplace(options.overlap_words);
  for (const std::string& file : options.evaluation_files) read_evaluation(file);
  overlap_->finish();
}

void RowScreen::read_evaluation(const std::string& file) {
  DataSection fields = options_.evaluation_fields;
  fields.reference_field.clear();
  int64_t unreadable = 0;
  std::string first;
  for_each_jsonl(file, [&](const Json& row, std::size_t line) {
    const std::string where = file + ":" + std::to_string(line);
    try {
      overlap_->add(read_problem(row, line, where, fields).prompt, where);
    } catch (const Error& e) {
      if (unreadable++ == 0) first = e.what();
    }
  });
  if (unreadable > 0) log_warning(unreadable, " rows of ", file, " are no evaluation problems and are not compared: ", first);
}

RowScreen::~RowScreen() = default;

std::string RowScreen::prompt_again(const RowPlace& place) {
  const std::string where = files_.where(place);
  return read_problem(parse_row(files_.read_again(place), files_.names()[place.file()], place.line), place.line, where, options_.fields).prompt;
}

std::optional<FoundFlaw> RowScreen::length_flaw(std::size_t words) const {
  const auto count = static_cast<int64_t>(words);
  if (count < options_.min_words) return FoundFlaw{Flaw::too_short, std::to_string(count) + " words"};
  if (options_.max_words > 0 && count > options_.max_words) return FoundFlaw{Flaw::too_long, std::to_string(count) + " words"};
  return std::nullopt;
}

std::optional<FoundFlaw> RowScreen::pass_rate_flaw(const Json& row, const std::string& id) const {
  std::optional<double> rate;
  if (!options_.pass_rate_field.empty()) {
    const auto it = row.find(options_.pass_rate_field);
    if (it != row.end() && it->is_number()) rate = it->get<double>();
  } else if (!options_.pass_rate_records.empty()) {
    rate = pass_rates_.find(id);
  } else {
    return std::nullopt;
  }
  if (!rate) return FoundFlaw{Flaw::no_pass_rate, "id " + id};
  if (*rate >= options_.pass_rate_min - 1e-9 && *rate <= options_.pass_rate_max + 1e-9) return std::nullopt;
  return FoundFlaw{Flaw::pass_rate, "solved at a rate of " + number(*rate)};
}

std::optional<FoundFlaw> RowScreen::gold_flaw(const Problem& problem, const Json& row, const std::string& where) const {
  if (!gold_) return std::nullopt;
  const GoldVerdict verdict = gold_->check(problem, row, where);
  switch (verdict.kind) {
    case GoldVerdict::Kind::right: return std::nullopt;
    case GoldVerdict::Kind::unusable: return FoundFlaw{Flaw::gold_unusable, verdict.detail};
    case GoldVerdict::Kind::fails: return FoundFlaw{Flaw::gold_fails, verdict.detail};
    case GoldVerdict::Kind::error: break;
  }
  return FoundFlaw{Flaw::gold_error, verdict.detail};
}

std::optional<FoundFlaw> RowScreen::overlap_flaw(std::span<const uint64_t> words) const {
  if (!overlap_) return std::nullopt;
  const auto found = overlap_->find(words);
  if (!found) return std::nullopt;
  return FoundFlaw{Flaw::overlap, std::to_string(found->runs) + " runs of " + std::to_string(options_.overlap_words) + " words, first in " + found->problem};
}

std::optional<FoundFlaw> RowScreen::duplicate_flaw(const Problem& problem, std::span<const uint64_t> words, const RowPlace& place) {
  if (!duplicates_) return std::nullopt;
  const auto found = duplicates_->add(problem.prompt, words, problem.reference, place);
  if (!found) return std::nullopt;
  const std::string of = files_.where(found->of);
  switch (found->kind) {
    case Duplicate::Kind::exact: return FoundFlaw{Flaw::duplicate, "of " + of};
    case Duplicate::Kind::conflicting: return FoundFlaw{Flaw::conflict, "with " + of};
    case Duplicate::Kind::near: break;
  }
  return FoundFlaw{Flaw::near_duplicate, "of " + of + ", Jaccard " + number(found->similarity)};
}

ScreenedRow RowScreen::examine(const RowPlace& place, const std::string& text, bool all) {
  ScreenedRow out;
  const std::string& file = files_.names()[place.file()];
  const std::string where = files_.where(place);
  const auto flawed = [&](std::optional<FoundFlaw> flaw) {
    if (flaw) out.flaws.push_back(std::move(*flaw));
    return flaw && !all;
  };
  Json adapted;
  try {
    out.fields = std::make_unique<Json>(parse_row(text, file, place.line));
  } catch (const Error& e) {
    flawed(FoundFlaw{Flaw::broken, without_where(e.what(), where)});
    return out;
  }
  try {
    out.problem = read_problem(*out.fields, place.line, where, options_.fields);
    adapted = *out.fields;
    if (gold_) data_format(options_.fields.format).adapt(adapted, where);
  } catch (const Error& e) {
    flawed(FoundFlaw{Flaw::field, without_where(e.what(), where)});
    return out;
  }
  const std::vector<uint64_t> words = word_hashes(out.problem->prompt);
  out.prompt_words = words.size();
  if (flawed(length_flaw(words.size()))) return out;
  if (flawed(pass_rate_flaw(*out.fields, out.problem->id))) return out;
  if (flawed(gold_flaw(*out.problem, adapted, where))) return out;
  if (flawed(overlap_flaw(words))) return out;
  flawed(duplicate_flaw(*out.problem, words, place));
  return out;
}

}  // namespace hone
