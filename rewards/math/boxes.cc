#include "rewards/math/boxes.h"

#include <algorithm>
#include <vector>

#include "rewards/text.h"

namespace hone::math {
namespace {

constexpr std::size_t kMaxGap = 80;
constexpr std::size_t kMaxBoxes = 64;

struct Box {
  std::size_t begin, end;  // of the whole command
  std::string_view content;
};

/// The box at `at`; nullopt where its braces do not close.
std::optional<Box> box_at(std::string_view text, std::size_t at) {
  std::size_t open = at;
  while (open < text.size() && text[open] != '{') ++open;
  std::size_t depth = 0;
  for (std::size_t end = open; end < text.size(); ++end) {
    if (text[end] == '\\' && end + 1 < text.size() && (text[end + 1] == '{' || text[end + 1] == '}')) {
      ++end;
      continue;
    }
    if (text[end] == '{') ++depth;
    if (text[end] == '}' && --depth == 0) return Box{at, end + 1, text.substr(open + 1, end - open - 1)};
  }
  return std::nullopt;
}

std::vector<std::size_t> box_starts(std::string_view text) {
  std::vector<std::size_t> starts;
  for (const std::string_view command : {"\\boxed", "\\fbox"}) {
    for (std::size_t at = text.find(command); at != std::string_view::npos; at = text.find(command, at + 1)) {
      std::size_t after = at + command.size();
      while (after < text.size() && text[after] == ' ') ++after;
      if (after < text.size() && text[after] == '{') starts.push_back(at);
    }
  }
  std::sort(starts.begin(), starts.end());
  if (starts.size() > kMaxBoxes) starts.erase(starts.begin(), starts.end() - kMaxBoxes);
  return starts;
}

bool has_or(std::string_view gap) {
  for (std::size_t at = gap.find("or"); at != std::string_view::npos; at = gap.find("or", at + 1)) {
    const bool before = at > 0 && is_letter(gap[at - 1]);
    const bool after = at + 2 < gap.size() && is_letter(gap[at + 2]);
    if (!before && !after) return true;
  }
  return false;
}

/// Only a comma or one connective, and short words without a number, stand between two boxes of one list.
bool joins(std::string_view gap) {
  if (gap.size() > kMaxGap || gap.find('.') != std::string_view::npos || gap.find("\n\n") != std::string_view::npos)
    return false;
  if (std::any_of(gap.begin(), gap.end(), is_digit)) return false;
  std::string words;
  for (std::size_t at = 0; at < gap.size(); ++at) {
    words += is_letter(gap[at]) ? to_lower(gap[at]) : ' ';
  }
  std::size_t connectives = 0, others = 0;
  for (std::size_t at = 0; at < words.size();) {
    std::size_t end = at;
    while (end < words.size() && words[end] != ' ') ++end;
    const std::string_view word = std::string_view(words).substr(at, end - at);
    const bool command = at > 0 && gap[at - 1] == '\\';
    if (word == "and" || word == "or")
      ++connectives;
    else if (!word.empty() && !command)
      ++others;
    at = end + 1;
  }
  if (connectives > 1) return false;
  return connectives == 1 || others == 0;
}

}  // namespace

std::optional<std::string> boxed_answer(std::string_view text, Boxes boxes) {
  const std::vector<std::size_t> starts = box_starts(text);
  if (starts.empty()) return std::nullopt;
  std::vector<Box> found;
  std::size_t last_end = 0;
  for (const std::size_t start : starts) {
    if (start < last_end) continue;  // inside the box before
    const std::optional<Box> box = box_at(text, start);
    if (!box) return std::nullopt;
    last_end = box->end;
    found.push_back(*box);
  }
  std::size_t first = found.size() - 1;
  if (boxes == Boxes::list)
    while (first > 0 && joins(text.substr(found[first - 1].end, found[first].begin - found[first - 1].end))) --first;
  std::string answer;
  for (std::size_t i = first; i < found.size(); ++i) {
    const bool repeated = i > first && trim(found[i].content) == trim(found[first].content);
    if (repeated) continue;
    if (i > first) answer += has_or(text.substr(found[i - 1].end, found[i].begin - found[i - 1].end)) ? " or " : ", ";
    answer += trim(found[i].content);
  }
  return answer;
}

bool has_box(std::string_view text) { return !box_starts(text).empty(); }

std::string_view after_last_box(std::string_view text) {
  const std::vector<std::size_t> starts = box_starts(text);
  if (starts.empty()) return {};
  const std::optional<Box> box = box_at(text, starts.back());
  if (!box) return {};
  std::string_view rest = text.substr(box->end);
  while (!rest.empty() && (is_space(rest.front()) || rest.front() == '$')) rest.remove_prefix(1);
  return rest;
}

}  // namespace hone::math
