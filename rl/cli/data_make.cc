#include "rl/cli/data_make.h"

#include <memory>
#include <set>
#include <string>

#include "proto/base/error.h"
#include "proto/base/json.h"
#include "rl/data/make_arithmetic.h"
#include "rl/data/make_countdown.h"
#include "rl/data/make_row.h"
#include "rl/data/make_word_problems.h"

namespace hone {
namespace {

// Kinds of rows, so that none shares random numbers with another.
enum Kind : uint32_t { corpus_rows = 1, word_rows, arithmetic_rows, countdown_rows };

struct CommonArguments {
  uint64_t seed = 0;
  int64_t count = 1000;
  std::string output = "-", split = "train";

  bool held_out() const { return split == "held-out"; }
};

void add_common(CLI::App* c, CommonArguments& a) {
  c->add_option("--seed", a.seed, "the same seed gives the same bytes, and a longer file begins with the shorter one")->capture_default_str();
  c->add_option("--count", a.count, "rows")->capture_default_str()->check(CLI::Range(int64_t{1}, int64_t{100000000}));
  c->add_option("--output,-o", a.output, "file to write ('-' = standard output)")->capture_default_str();
  c->add_option("--split", a.split, "train, or the held-out tenth of all problems (a hash of the problem; those rows are distinct)")
      ->capture_default_str()
      ->check(CLI::IsMember({"train", "held-out"}));
}

/// Writes one problem a row. `draw(random, row)` gives a problem with key(); held-out rows are drawn until they are distinct.
template <class Draw, class Row>
void write_problems(const CommonArguments& a, Kind kind, const Draw& draw, const Row& row_of) {
  std::set<std::string> seen;
  write_rows(a.output, a.count, [&](int64_t row) {
    PhiloxStream random = row_stream(a.seed, kind, static_cast<uint64_t>(row));
    for (int tries = 0; tries < kMostTries; ++tries) {
      const auto problem = draw(random, row);
      if (a.held_out() && !seen.insert(problem.key()).second) continue;
      return dump_line(row_of(problem, a.split + "-" + std::to_string(a.seed) + "-" + std::to_string(row)));
    }
    fail_no_row("further problem");
  });
}

struct WordArguments : CommonArguments {
  std::string rows = "problems", operations = "2..7";
  std::string bare_operations = "2..6", worked_operations = "2..5", recap_operations = "2..12";
  int told = kMostTold;
  CorpusOptions corpus;
};

void check_shares(const CorpusOptions& c) {
  for (const double share : {c.recaps, c.mixed, c.facts, c.worked, c.warm_up})
    if (!(share >= 0.0 && share <= 1.0)) throw Error(ErrorCode::invalid_argument, "shares must be within 0..1");
  if (c.recaps + c.facts + c.worked > 1.0) throw Error(ErrorCode::invalid_argument, "--recaps, --facts and --worked: their sum must be at most 1");
  if (c.warm_up > 0.0 && c.recaps + c.facts == 0.0) throw Error(ErrorCode::invalid_argument, "--warm-up: needs --recaps or --facts above 0");
}

void make_corpus(const WordArguments& a) {
  CorpusOptions corpus = a.corpus;
  corpus.bare_operations = parse_range(a.bare_operations, 1, kMostOperations, "--bare-operations");
  corpus.worked_operations = parse_range(a.worked_operations, 1, kMostOperations, "--worked-operations");
  corpus.recap_operations = parse_range(a.recap_operations, 1, kMostOperations, "--recap-operations");
  corpus.told = a.told;
  check_shares(corpus);
  if (a.held_out()) throw Error(ErrorCode::invalid_argument, "--split held-out: a corpus has no held-out problems");
  write_rows(a.output, a.count, [&](int64_t row) {
    PhiloxStream random = row_stream(a.seed, corpus_rows, static_cast<uint64_t>(row));
    return dump_line(OrderedJson{{"text", draw_document(random, corpus, static_cast<double>(row) / static_cast<double>(a.count))}});
  });
}

OrderedJson word_row(const WordArguments& a, const WordProblem& p, const std::string& id) {
  OrderedJson row{{"id", id}, {"prompt", p.prompt()}};
  if (a.rows == "answers") row["completion"] = p.bare_answer();
  if (a.rows == "solutions") row["completion"] = p.worked_solution();
  row["reference"] = std::to_string(p.answer());
  row["operations"] = p.operations.size();
  row["task"] = (p.operations.size() < 10 ? "operations-0" : "operations-") + std::to_string(p.operations.size());
  return row;
}

/// The number of operations goes round the range, so that every number is equally frequent.
void make_word_rows(const WordArguments& a) {
  const IntRange range = parse_range(a.operations, 1, kMostOperations, "--operations");
  write_problems(
      a, word_rows,
      [&](PhiloxStream& random, int64_t row) {
        const int operations = range.low + static_cast<int>(row % range.size());
        return draw_word_problem(random, {operations, operations}, a.told, a.held_out());
      },
      [&](const WordProblem& p, const std::string& id) { return word_row(a, p, id); });
}

void add_word_problems(CLI::App& make, Action& action) {
  auto a = std::make_shared<WordArguments>();
  CLI::App* c = make.add_subcommand("word-problems", "who adds and takes what, and how many are there now; and the texts of a model that learns it from nothing");
  add_common(c, *a);
  c->add_option("--rows", a->rows, "problems {prompt, reference}; answers or solutions: with a completion, bare or worked out; corpus: pre-training {text}")
      ->capture_default_str()
      ->check(CLI::IsMember({"problems", "answers", "solutions", "corpus"}));
  c->add_option("--operations", a->operations, "operations of a problem, each number in turn")->capture_default_str();
  c->add_option("--told", a->told, "operations that a story tells at most with those that do not count; 0: none of these")->capture_default_str()->check(CLI::Range(0, kMostOperations));
  c->add_option("--recaps", a->corpus.recaps, "corpus: share of texts that repeat their statements")->capture_default_str();
  c->add_option("--mixed", a->corpus.mixed, "corpus: share of recaps in mixed order")->capture_default_str();
  c->add_option("--facts", a->corpus.facts, "corpus: share of texts of sums")->capture_default_str();
  c->add_option("--worked", a->corpus.worked, "corpus: share of questions with a worked solution; the rest have bare answers")->capture_default_str();
  c->add_option("--warm-up", a->corpus.warm_up, "corpus: share of rows at its beginning without questions (train in file order)")->capture_default_str();
  c->add_option("--bare-operations", a->bare_operations, "corpus: operations of bare answers")->capture_default_str();
  c->add_option("--worked-operations", a->worked_operations, "corpus: operations of worked solutions")->capture_default_str();
  c->add_option("--recap-operations", a->recap_operations, "corpus: operations of recaps")->capture_default_str();
  c->callback([a, &action] {
    action = [a] {
      if (a->rows == "corpus") make_corpus(*a);
      else make_word_rows(*a);
      return 0;
    };
  });
}

struct ArithmeticArguments : CommonArguments {
  std::string numbers = "10..99", operators = "+-";
};

int make_arithmetic(const ArithmeticArguments& a) {
  const ArithmeticOptions options{parse_range(a.numbers, 0, 10000, "--numbers"), a.operators};
  if (a.operators.empty() || a.operators.find_first_not_of("+-*/") != std::string::npos)
    throw Error(ErrorCode::invalid_argument, "--operators " + a.operators + ": must be some of + - * /");
  write_problems(
      a, arithmetic_rows, [&](PhiloxStream& random, int64_t) { return draw_arithmetic(random, options, a.held_out()); },
      [](const ArithmeticProblem& p, const std::string& id) {
        const std::string sign(1, p.sign);
        return OrderedJson{{"id", id}, {"prompt", p.prompt()}, {"reference", std::to_string(p.answer())}, {"a", p.a}, {"operator", sign}, {"b", p.b}, {"task", sign}};
      });
  return 0;
}

void add_arithmetic(CLI::App& make, Action& action) {
  auto a = std::make_shared<ArithmeticArguments>();
  CLI::App* c = make.add_subcommand("arithmetic", "What is 47 + 38?");
  add_common(c, *a);
  c->add_option("--numbers", a->numbers, "range of both numbers")->capture_default_str();
  c->add_option("--operators", a->operators, "some of + - * /; differences are not negative, quotients whole")->capture_default_str();
  c->callback([a, &action] { action = [a] { return make_arithmetic(*a); }; });
}

struct CountdownArguments : CommonArguments {
  std::string count_of_numbers = "3..4", numbers = "1..20";
  int largest_target = 100;
};

int make_countdown_rows(const CountdownArguments& a) {
  const CountdownOptions options{parse_range(a.count_of_numbers, 2, 8, "--numbers"), parse_range(a.numbers, 1, 1000, "--values"), a.largest_target};
  write_problems(
      a, countdown_rows, [&](PhiloxStream& random, int64_t) { return draw_countdown(random, options, a.held_out()); },
      [](const CountdownProblem& p, const std::string& id) {
        return OrderedJson{{"id", id},
                           {"prompt", p.prompt()},
                           {"reference", std::to_string(p.target)},
                           {"nums", p.numbers},
                           {"solution", p.solution},
                           {"task", "numbers-" + std::to_string(p.numbers.size())}};
      });
  return 0;
}

void add_countdown(CLI::App& make, Action& action) {
  auto a = std::make_shared<CountdownArguments>();
  CLI::App* c = make.add_subcommand("countdown", "make a target from given numbers; rows for the reward 'countdown', each with a solution");
  add_common(c, *a);
  c->add_option("--numbers", a->count_of_numbers, "numbers of a problem")->capture_default_str();
  c->add_option("--values", a->numbers, "their values")->capture_default_str();
  c->add_option("--largest-target", a->largest_target, "targets are 1 to this")->capture_default_str()->check(CLI::Range(1, 100000));
  c->callback([a, &action] { action = [a] { return make_countdown_rows(*a); }; });
}

}  // namespace

void add_data_make(CLI::App& data, Action& action) {
  CLI::App* make = data.add_subcommand("make", "make synthetic problems and texts; every file is a function of its seed");
  make->require_subcommand(1);
  add_word_problems(*make, action);
  add_arithmetic(*make, action);
  add_countdown(*make, action);
}

}  // namespace hone
