#include "rl/cli/data_make.h"

#include <memory>
#include <set>
#include <string>
#include <utility>

#include "proto/base/error.h"
#include "proto/base/json.h"
#include "rl/data/make_arithmetic.h"
#include "rl/data/make_countdown.h"
#include "rl/data/make_countdown_texts.h"
#include "rl/data/make_one_liners.h"
#include "rl/data/make_row.h"
#include "rl/data/make_word_problems.h"

namespace hone {
namespace {

// Kinds of rows, so that none shares random numbers with another.
enum Kind : uint32_t { corpus_rows = 1, word_rows, arithmetic_rows, countdown_rows, countdown_texts, one_liner_rows, one_liner_texts };

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

/// Writes texts for pre-training: `draw(random, row)` gives one.
template <class Draw>
void write_texts(const CommonArguments& a, Kind kind, const Draw& draw) {
  if (a.held_out()) throw Error(ErrorCode::invalid_argument, "--split held-out: a corpus has no held-out problems");
  write_rows(a.output, a.count, [&](int64_t row) {
    PhiloxStream random = row_stream(a.seed, kind, static_cast<uint64_t>(row));
    return dump_line(OrderedJson{{"text", draw(random, row)}});
  });
}

void check_share(double share, const char* option) {
  if (!(share >= 0.0 && share <= 1.0)) throw Error(ErrorCode::invalid_argument, std::string(option) + ": must be within 0..1");
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
  write_texts(a, corpus_rows, [&](PhiloxStream& random, int64_t row) { return draw_document(random, corpus, static_cast<double>(row) / static_cast<double>(a.count)); });
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
  std::string rows = "problems", count_of_numbers = "3..4", numbers = "1..20";
  CountdownCorpus corpus;
};

OrderedJson countdown_row(const CountdownProblem& p, const std::string& completion, const std::string& id) {
  OrderedJson row{{"id", id}, {"prompt", p.prompt()}};
  if (!completion.empty()) row["completion"] = completion;
  row["reference"] = std::to_string(p.target);
  row["nums"] = p.numbers;
  row["solution"] = p.solution;
  row["task"] = "numbers-" + std::to_string(p.numbers.size());
  return row;
}

void check_countdown_shares(const CountdownCorpus& c) {
  check_share(c.sums, "--sums");
  check_share(c.bare, "--bare");
  check_share(c.sums + c.bare, "--sums and --bare: their sum");
  check_share(c.right_bare, "--right-bare");
  check_share(c.right, "--right");
  check_share(c.goes_on, "--goes-on");
}

int make_countdown_rows(const CountdownArguments& a) {
  CountdownCorpus corpus = a.corpus;
  corpus.problems.count = parse_range(a.count_of_numbers, 2, 8, "--numbers");
  corpus.problems.numbers = parse_range(a.numbers, 1, 1000, "--values");
  if (a.rows == "corpus") {
    check_countdown_shares(corpus);
    write_texts(a, countdown_texts, [&](PhiloxStream& random, int64_t) { return draw_countdown_text(random, corpus); });
    return 0;
  }
  std::string completion;  // of the problem that was drawn last
  write_problems(
      a, countdown_rows,
      [&](PhiloxStream& random, int64_t row) {
        CountdownOptions options = corpus.problems;
        options.count.low = options.count.high = corpus.problems.count.low + static_cast<int>(row % corpus.problems.count.size());
        for (int tries = 0; tries < kMostTries; ++tries) {
          CountdownProblem p = draw_countdown(random, options, a.held_out());
          if (a.rows == "problems") return p;
          completion = a.rows == "answers" ? draw_right_answer(random, p, options.largest_target)
                                           : draw_right_search(random, p, options.largest_target, corpus.most_attempts);
          if (!completion.empty()) return p;
        }
        fail_no_row("countdown problem that an attempt solves");
      },
      [&](const CountdownProblem& p, const std::string& id) { return countdown_row(p, completion, id); });
  return 0;
}

void add_countdown(CLI::App& make, Action& action) {
  auto a = std::make_shared<CountdownArguments>();
  CLI::App* c = make.add_subcommand("countdown", "make a target from given numbers; rows for the reward 'countdown', and the texts of a model that learns it from nothing");
  add_common(c, *a);
  c->add_option("--rows", a->rows, "problems {prompt, reference, nums}, each with a solution; answers or solutions: with a completion, bare or a search; corpus: pre-training {text}")
      ->capture_default_str()
      ->check(CLI::IsMember({"problems", "answers", "solutions", "corpus"}));
  c->add_option("--numbers", a->count_of_numbers, "numbers of a problem, each count in turn")->capture_default_str();
  c->add_option("--values", a->numbers, "their values")->capture_default_str();
  c->add_option("--largest-target", a->corpus.problems.largest_target, "targets are 1 to this, and so are the values on the way of an attempt")->capture_default_str()->check(CLI::Range(1, 100000));
  c->add_option("--sums", a->corpus.sums, "corpus: share of texts of sums")->capture_default_str();
  c->add_option("--bare", a->corpus.bare, "corpus: share of bare answers; the rest are searches")->capture_default_str();
  c->add_option("--right-bare", a->corpus.right_bare, "corpus: share of bare answers that are right on purpose; the others are random")->capture_default_str();
  c->add_option("--right", a->corpus.right, "corpus: share of a search's attempts that are right on purpose; the others are random")->capture_default_str();
  c->add_option("--goes-on", a->corpus.goes_on, "corpus: probability of another attempt after one that failed")->capture_default_str();
  c->add_option("--most-attempts", a->corpus.most_attempts, "corpus, solutions: most attempts of a search")->capture_default_str()->check(CLI::Range(1, 100));
  c->callback([a, &action] { action = [a] { return make_countdown_rows(*a); }; });
}

struct OneLinerArguments : CommonArguments {
  std::string rows = "problems", steps = "1..3";
  OneLinerCorpus corpus;
};

/// A function and the tests that it was accepted with.
struct TestedOneLiner : OneLiner {
  HiddenTests tests;
};

OrderedJson one_liner_row(const TestedOneLiner& f, bool with_solution, const std::string& id) {
  OrderedJson inputs = OrderedJson::array(), outputs = OrderedJson::array();
  for (const auto& list : f.tests.inputs) inputs.push_back(OrderedJson::array({list}));
  for (const ListResult& result : f.tests.outputs) outputs.push_back(result.is_list ? OrderedJson(result.values) : OrderedJson(result.values.front()));
  OrderedJson row{{"id", id}, {"prompt", f.prompt()}};
  if (with_solution) row["completion"] = f.solution();
  row["reference"] = f.solution();
  row["tests"] = OrderedJson{{"fn_name", "f"}, {"inputs", inputs}, {"outputs", outputs}};
  row["steps"] = f.steps.size();
  row["task"] = "steps-" + std::to_string(f.steps.size());
  return row;
}

int make_one_liner_rows(const OneLinerArguments& a) {
  OneLinerCorpus corpus = a.corpus;
  corpus.steps = parse_range(a.steps, 1, kMostListSteps, "--steps");
  if (a.rows == "corpus") {
    check_share(corpus.heeded, "--heeded");
    check_share(corpus.careless, "--careless");
    write_texts(a, one_liner_texts, [&](PhiloxStream& random, int64_t) { return draw_one_liner_text(random, corpus); });
    return 0;
  }
  write_problems(
      a, one_liner_rows,
      [&](PhiloxStream& random, int64_t row) {
        const int steps = corpus.steps.low + static_cast<int>(row % corpus.steps.size());
        for (int tries = 0; tries < kMostTries; ++tries) {
          const OneLiner function = draw_one_liner(random, {steps, steps}, a.held_out());
          if (auto tests = draw_hidden_tests(random, function)) return TestedOneLiner{function, std::move(*tests)};
        }
        fail_no_row("function of which every step matters");
      },
      [&](const TestedOneLiner& f, const std::string& id) { return one_liner_row(f, a.rows == "solutions", id); });
  return 0;
}

void add_one_liners(CLI::App& make, Action& action) {
  auto a = std::make_shared<OneLinerArguments>();
  CLI::App* c = make.add_subcommand("one-liners", "one-line Python functions on a list, with hidden tests for the reward 'code'; and the texts of a model that learns to write them");
  add_common(c, *a);
  c->add_option("--rows", a->rows, "problems {prompt, tests, reference}; solutions: with a completion; corpus: pre-training {text}, mostly sloppy programs")
      ->capture_default_str()
      ->check(CLI::IsMember({"problems", "solutions", "corpus"}));
  c->add_option("--steps", a->steps, "steps before the result, each number in turn")->capture_default_str();
  c->add_option("--heeded", a->corpus.heeded, "corpus: the last step is always in the program, and one before it with this probability if the one after it is")->capture_default_str();
  c->add_option("--careless", a->corpus.careless, "corpus: share of programs whose conditions look at the numbers before they were changed")->capture_default_str();
  c->callback([a, &action] { action = [a] { return make_one_liner_rows(*a); }; });
}

}  // namespace

void add_data_make(CLI::App& data, Action& action) {
  CLI::App* make = data.add_subcommand("make", "make synthetic problems and texts; every file is a function of its seed");
  make->require_subcommand(1);
  add_word_problems(*make, action);
  add_arithmetic(*make, action);
  add_countdown(*make, action);
  add_one_liners(*make, action);
}

}  // namespace hone
