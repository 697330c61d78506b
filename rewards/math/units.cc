#include "rewards/math/units.h"

#include <array>
#include <string_view>
#include <utility>

#include "rewards/text.h"

namespace hone::math {
namespace {

/// Names of units; the number is the same for the same unit.
constexpr std::array<std::pair<std::string_view, int>, 68> kNames{
    {{"mm", 1},         {"millimeter", 1}, {"millimeters", 1}, {"cm", 2},       {"centimeter", 2}, {"centimeters", 2},
     {"m", 3},          {"meter", 3},      {"meters", 3},      {"metre", 3},    {"metres", 3},     {"km", 4},
     {"kilometer", 4},  {"kilometers", 4}, {"in", 5},          {"inch", 5},     {"inches", 5},     {"ft", 6},
     {"foot", 6},       {"feet", 6},       {"yd", 7},          {"yard", 7},     {"yards", 7},      {"mi", 8},
     {"mile", 8},       {"miles", 8},      {"second", 10},     {"seconds", 10}, {"sec", 10},       {"secs", 10},
     {"s", 10},         {"minute", 11},    {"minutes", 11},    {"min", 11},     {"mins", 11},      {"hour", 12},
     {"hours", 12},     {"hr", 12},        {"hrs", 12},        {"h", 12},       {"day", 13},       {"days", 13},
     {"week", 14},      {"weeks", 14},     {"month", 15},      {"months", 15},  {"year", 16},      {"years", 16},
     {"mg", 20},        {"g", 21},         {"gram", 21},       {"grams", 21},   {"kg", 22},        {"kilogram", 22},
     {"kilograms", 22}, {"pound", 23},     {"pounds", 23},     {"lb", 23},      {"lbs", 23},       {"ounce", 24},
     {"ounces", 24},    {"oz", 24},        {"cent", 30},       {"cents", 30},   {"dollar", 31},    {"dollars", 31},
     {"percent", 40},   {"degrees", 41}}};

int unit_number(const std::vector<std::string>& words) {
  for (const std::string& phrase : words) {
    std::size_t at = 0;
    while (at < phrase.size()) {
      std::size_t end = at;
      while (end < phrase.size() && is_letter(phrase[end])) ++end;
      const std::string word = lower(std::string_view(phrase).substr(at, end - at));
      for (const auto& [name, number] : kNames)
        if (word == name) return number;
      at = end + 1;
    }
  }
  return 0;
}

}  // namespace

bool units_conflict(const std::vector<std::string>& gold, const std::vector<std::string>& pred) {
  const int a = unit_number(gold);
  const int b = unit_number(pred);
  return a != 0 && b != 0 && a != b;
}

}  // namespace hone::math
