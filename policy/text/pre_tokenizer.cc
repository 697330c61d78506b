#include "policy/text/pre_tokenizer.h"

#include <unicode/uchar.h>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <utility>

#include "policy/text/regex.h"
#include "policy/text/utf8.h"
#include "proto/base/error.h"
#include "proto/base/json.h"

namespace hone {
namespace {

constexpr int kMaxDepth = 16;

// GPT-2's words: English contractions, then runs of letters, of numbers or of anything else, each with at most one
// blank before.
constexpr std::string_view kGpt2Words = R"('(?:[stmd]|re|ve|ll)| ?(?:\p{L}+|\p{N}+|[^\s\p{L}\p{N}]+)|\s+(?!\S)|\s+)";

enum class SplitBehavior { isolated, removed, merged_with_previous, merged_with_next, contiguous };

// A part of a piece: a match of the delimiter or the text between two matches.
struct Part {
  TextSpan span;
  bool delimiter = false;
};

void append_part(std::vector<Part>& parts, std::size_t begin, std::size_t end, bool delimiter) {
  parts.push_back({{begin, end}, delimiter});
}

// Joins parts as Hugging Face's SplitDelimiterBehavior says; `parts` cover the piece.
void join_parts(SplitBehavior behavior, std::vector<Part>& parts) {
  if (behavior == SplitBehavior::isolated) return;
  if (behavior == SplitBehavior::removed) {
    std::erase_if(parts, [](const Part& part) { return part.delimiter; });
    return;
  }
  const bool backwards = behavior == SplitBehavior::merged_with_next;
  if (backwards) std::reverse(parts.begin(), parts.end());
  std::vector<Part> joined;
  bool previous = false;
  for (const Part& part : parts) {
    const bool joins = behavior == SplitBehavior::contiguous ? part.delimiter == previous : part.delimiter && !previous;
    previous = part.delimiter;
    if (!joins || joined.empty()) {
      joined.push_back(part);
    } else if (backwards) {
      joined.back().span.begin = part.span.begin;
    } else {
      joined.back().span.end = part.span.end;
    }
  }
  if (backwards) std::reverse(joined.begin(), joined.end());
  parts = std::move(joined);
}

void append_pieces(std::string_view piece, const std::vector<Part>& parts, std::vector<std::string_view>& out) {
  for (const Part& part : parts) {
    if (part.span.begin < part.span.end) out.push_back(piece.substr(part.span.begin, part.span.end - part.span.begin));
  }
}

class SplitStep : public PreTokenizerStep {
 public:
  SplitStep(std::string_view pattern, bool literal, SplitBehavior behavior, bool invert, const JsonNode& where)
      : regex_(pattern, literal, where), behavior_(behavior), invert_(invert) {}

  void apply(PieceList& list) const override {
    std::vector<std::string_view> out;
    out.reserve(list.pieces.size());
    RegexMatcher matcher(regex_);
    std::vector<TextSpan> matches;
    std::vector<Part> parts;
    for (const std::string_view piece : list.pieces) {
      matcher.find_all(piece, matches);
      parts.clear();
      std::size_t end = 0;
      for (const TextSpan& match : matches) {
        if (end != match.begin) append_part(parts, end, match.begin, invert_);
        append_part(parts, match.begin, match.end, !invert_);
        end = match.end;
      }
      if (end != piece.size()) append_part(parts, end, piece.size(), invert_);
      join_parts(behavior_, parts);
      append_pieces(piece, parts, out);
    }
    list.pieces = std::move(out);
  }

 private:
  Regex regex_;
  SplitBehavior behavior_;
  bool invert_;
};

// Numbers (general category N, as Rust's char::is_numeric) become pieces, one by one or run by run.
class DigitsStep : public PreTokenizerStep {
 public:
  explicit DigitsStep(bool individual) : individual_(individual) {}

  void apply(PieceList& list) const override {
    std::vector<std::string_view> out;
    out.reserve(list.pieces.size());
    for (const std::string_view piece : list.pieces) split_piece(piece, out);
    list.pieces = std::move(out);
  }

 private:
  static bool is_number(char32_t c) { return (U_MASK(u_charType(static_cast<UChar32>(c))) & U_GC_N_MASK) != 0; }

  void split_piece(std::string_view piece, std::vector<std::string_view>& out) const {
    std::size_t begin = 0;
    bool previous = false;
    for (std::size_t i = 0; i < piece.size();) {
      const Utf8Step step = utf8_step(piece.substr(i));
      const bool number = is_number(step.code_point);
      if (i > begin && (number != previous || (number && individual_))) {
        out.push_back(piece.substr(begin, i - begin));
        begin = i;
      }
      previous = number;
      i += step.length;
    }
    if (begin < piece.size()) out.push_back(piece.substr(begin));
  }

  bool individual_;
};

class PrefixSpaceStep : public PreTokenizerStep {
 public:
  void apply(PieceList& list) const override {
    for (std::string_view& piece : list.pieces) {
      if (piece.front() == ' ') continue;
      piece = list.owned.emplace_back(" " + std::string(piece));
    }
  }
};

SplitBehavior read_behavior(const JsonNode& node) {
  static constexpr std::pair<std::string_view, SplitBehavior> kNames[] = {
      {"Isolated", SplitBehavior::isolated},
      {"Removed", SplitBehavior::removed},
      {"MergedWithPrevious", SplitBehavior::merged_with_previous},
      {"MergedWithNext", SplitBehavior::merged_with_next},
      {"Contiguous", SplitBehavior::contiguous}};
  const std::string name = node.text();
  for (const auto& [known, behavior] : kNames) {
    if (name == known) return behavior;
  }
  node.fail(ErrorCode::invalid_argument,
            "unknown behavior " + in_quotes(name) +
                " (known: Isolated, Removed, MergedWithPrevious, MergedWithNext, Contiguous)");
}

std::unique_ptr<PreTokenizerStep> read_split(const JsonNode& node) {
  const JsonNode pattern = node.at("pattern");
  const std::optional<JsonNode> literal = pattern.find("String");
  const JsonNode source = literal ? *literal : pattern.at("Regex");
  return std::make_unique<SplitStep>(source.text(), literal.has_value(), read_behavior(node.at("behavior")),
                                     node.flag_or("invert", false), source);
}

}  // namespace

void PreTokenizer::add_steps(const JsonNode& node, int depth) {
  if (depth > kMaxDepth) node.fail(ErrorCode::invalid_argument, "Sequences are nested more than 16 deep");
  const std::string type = node.at("type").text();
  if (type == "Sequence") {
    for (const JsonNode& item : node.at("pretokenizers").items()) add_steps(item, depth + 1);
    return;
  }
  if (byte_level_) node.fail(ErrorCode::unimplemented, "a pre-tokenizer after ByteLevel is not supported");
  if (type == "ByteLevel") {
    byte_level_ = true;
    if (node.flag_or("add_prefix_space", true)) steps_.push_back(std::make_unique<PrefixSpaceStep>());
    if (node.flag_or("use_regex", true)) {
      steps_.push_back(std::make_unique<SplitStep>(kGpt2Words, false, SplitBehavior::isolated, false, node));
    }
  } else if (type == "Split") {
    steps_.push_back(read_split(node));
  } else if (type == "Digits") {
    steps_.push_back(std::make_unique<DigitsStep>(node.flag_or("individual_digits", false)));
  } else {
    node.fail_unsupported("pre-tokenizer " + in_quotes(type), "ByteLevel, Split, Digits, Sequence, null");
  }
}

PreTokenizer PreTokenizer::from_json(const JsonNode& node) {
  PreTokenizer pre_tokenizer;
  pre_tokenizer.add_steps(node, 0);
  return pre_tokenizer;
}

void PreTokenizer::split(std::string_view text, PieceList& list) const {
  list.pieces.clear();
  list.owned.clear();
  if (text.empty()) return;
  list.pieces.push_back(text);
  for (const auto& step : steps_) step->apply(list);
}

}  // namespace hone
