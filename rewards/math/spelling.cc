#include "rewards/math/spelling.h"

#include <algorithm>
#include <array>
#include <string>
#include <unordered_map>
#include <utility>

#include "rewards/text.h"

namespace hone::math {
namespace {

using Table = std::unordered_map<std::string_view, Spelling>;

// Digits in constants' texts are the numbers of tree.h's Constant.
const Table kCommands{
    {"times", {T::times, ""}},
    {"cdot", {T::times, ""}},
    {"ast", {T::times, ""}},
    {"div", {T::slash, ""}},
    {"pm", {T::pm, ""}},
    {"mp", {T::mp, ""}},
    {"le", {T::sign, "l"}},
    {"leq", {T::sign, "l"}},
    {"leqslant", {T::sign, "l"}},
    {"leqq", {T::sign, "l"}},
    {"ge", {T::sign, "g"}},
    {"geq", {T::sign, "g"}},
    {"geqslant", {T::sign, "g"}},
    {"geqq", {T::sign, "g"}},
    {"lt", {T::sign, "<"}},
    {"gt", {T::sign, ">"}},
    {"ne", {T::sign, "n"}},
    {"neq", {T::sign, "n"}},
    {"approx", {T::sign, "~"}},
    {"simeq", {T::sign, "~"}},
    {"doteq", {T::sign, "~"}},
    {"eq", {T::sign, "="}},
    {"equiv", {T::sign, "="}},
    {"in", {T::sign, "e"}},
    {"cup", {T::cup, ""}},
    {"cupdot", {T::cup, ""}},
    {"bigcup", {T::cup, ""}},
    {"sqcup", {T::cup, ""}},
    {"cap", {T::cap, ""}},
    {"setminus", {T::setminus, ""}},
    {"backslash", {T::setminus, ""}},
    {"smallsetminus", {T::setminus, ""}},
    {"pi", {T::constant, "\x00"}},
    {"infty", {T::constant, "\x03"}},
    {"emptyset", {T::constant, "\x07"}},
    {"varnothing", {T::constant, "\x07"}},
    {"%", {T::percent, ""}},
    {"circ", {T::degree, ""}},
    {"degree", {T::degree, ""}},
    {"degrees", {T::degree, ""}},
    {"prime", {T::prime, ""}},
    {"{", {T::lset, ""}},
    {"}", {T::rset, ""}},
    {"lbrace", {T::lset, ""}},
    {"rbrace", {T::rset, ""}},
    {"lbrack", {T::lbracket, ""}},
    {"rbrack", {T::rbracket, ""}},
    {"vert", {T::bar, ""}},
    {"lvert", {T::bar, ""}},
    {"rvert", {T::bar, ""}},
    {"mid", {T::mid, ""}},
    {"lfloor", {T::lfloor, ""}},
    {"rfloor", {T::rfloor, ""}},
    {"lceil", {T::lceil, ""}},
    {"rceil", {T::rceil, ""}},
    {"langle", {T::langle, ""}},
    {"rangle", {T::rangle, ""}},
    {"ldots", {T::ellipsis, ""}},
    {"dots", {T::ellipsis, ""}},
    {"cdots", {T::ellipsis, ""}},
    {"dotsc", {T::ellipsis, ""}},
    {"dotsm", {T::ellipsis, ""}},
    {"dotsb", {T::ellipsis, ""}},
    {"vdots", {T::ellipsis, ""}},
    {"ddots", {T::ellipsis, ""}},
    {"frac", {T::function, "frac"}},
    {"dfrac", {T::function, "frac"}},
    {"tfrac", {T::function, "frac"}},
    {"cfrac", {T::function, "frac"}},
    {"sfrac", {T::function, "frac"}},
    {"nicefrac", {T::function, "frac"}},
    {"sqrt", {T::function, "sqrt"}},
    {"surd", {T::function, "root"}},
    {"unicoderoot", {T::function, "root"}},
    {"binom", {T::function, "binom"}},
    {"dbinom", {T::function, "binom"}},
    {"tbinom", {T::function, "binom"}},
    {"tg", {T::function, "tan"}},
    {"ctg", {T::function, "cot"}},
    {"cosec", {T::function, "csc"}},
    {"arctg", {T::function, "arctan"}},
    {"lg", {T::function, "lg"}},
    {"land", {T::both, ""}},
    {"lor", {T::either, ""}},
    {"wedge", {T::both, ""}},
    {"vee", {T::either, ""}},
    {"forall", {T::clause, ""}},
    {"&", {T::amp, ""}},
    {"colon", {T::colon, ""}},
    {"slash", {T::slash, ""}},
    {"over", {T::slash, ""}},
    {"overline", {T::function, "overline"}},
    {"bar", {T::function, "overline"}},
    {"mathbb", {T::function, "mathbb"}},
    {"angle", {T::name, "angle"}},
    {"triangle", {T::name, "triangle"}},
    {"ell", {T::name, "ell"}},
    {"hbar", {T::name, "hbar"}},
    {"complement", {T::name, "complement"}},
    {"vec", {T::function, "accent"}},
    {"hat", {T::function, "accent"}},
    {"overrightarrow", {T::function, "accent"}},
    {"widehat", {T::function, "accent"}},
    {"tilde", {T::function, "accent"}},
    {"dot", {T::function, "accent"}},
};

const Table kWords{
    {"pi", {T::constant, "\x00"}},    {"infinity", {T::constant, "\x03"}},
    {"inf", {T::constant, "\x03"}},   {"infty", {T::constant, "\x03"}},
    {"oo", {T::constant, "\x03"}},    {"and", {T::both, ""}},
    {"or", {T::either, ""}},          {"union", {T::cup, ""}},
    {"percent", {T::percent, ""}},    {"pct", {T::percent, ""}},
    {"percentage", {T::percent, ""}}, {"degree", {T::degree, ""}},
    {"degrees", {T::degree, ""}},     {"deg", {T::degree, ""}},
    {"sqrt", {T::function, "sqrt"}},  {"times", {T::times, ""}},
    {"plus", {T::plus, ""}},          {"minus", {T::minus, ""}},
    {"hundred", {T::scale, "2"}},     {"thousand", {T::scale, "3"}},
    {"million", {T::scale, "6"}},     {"billion", {T::scale, "9"}},
    {"trillion", {T::scale, "12"}},   {"where", {T::clause, ""}},
    {"for", {T::clause, ""}},         {"if", {T::other, ""}},
    {"with", {T::clause, ""}},        {"when", {T::other, ""}},
    {"such", {T::other, ""}},         {"binomial", {T::function, "binomial"}},
    {"choose", {T::other, ""}},       {"in", {T::sign, "e"}},
    {"cbrt", {T::function, "cbrt"}},  {"emptyset", {T::constant, "\x07"}},
    {"lg", {T::function, "lg"}},      {"tg", {T::function, "tan"}},
    {"ctg", {T::function, "cot"}},    {"arctg", {T::function, "arctan"}},
};

constexpr std::array<std::string_view, 36> kFunctions{
    "sin",  "cos",  "tan",  "cot",  "sec",  "csc",  "arcsin", "arccos", "arctan",  "arccot",  "arcsec",  "arccsc",
    "sinh", "cosh", "tanh", "coth", "asin", "acos", "atan",   "log",    "ln",      "exp",     "abs",     "floor",
    "ceil", "gcd",  "lcm",  "min",  "max",  "det",  "Re",     "Im",     "arcsinh", "arccosh", "arctanh", "factorial"};

constexpr std::array<std::string_view, 33> kGreek{
    "alpha", "beta",   "gamma", "delta", "epsilon", "varepsilon", "zeta",   "eta",   "theta",   "vartheta", "iota",
    "kappa", "lambda", "mu",    "nu",    "xi",      "rho",        "sigma",  "tau",   "upsilon", "phi",      "varphi",
    "chi",   "psi",    "omega", "Gamma", "Delta",   "Theta",      "Lambda", "Sigma", "Phi",     "Psi",      "Omega"};

constexpr std::array<std::string_view, 58> kInvisible{"left",
                                                      "right",
                                                      "big",
                                                      "Big",
                                                      "bigg",
                                                      "Bigg",
                                                      "bigl",
                                                      "bigr",
                                                      "Bigl",
                                                      "Bigr",
                                                      "biggl",
                                                      "biggr",
                                                      "Biggl",
                                                      "Biggr",
                                                      "middle",
                                                      "bigm",
                                                      "displaystyle",
                                                      "textstyle",
                                                      "scriptstyle",
                                                      "limits",
                                                      "nolimits",
                                                      "!",
                                                      ",",
                                                      ";",
                                                      ":",
                                                      " ",
                                                      ">",
                                                      "quad",
                                                      "qquad",
                                                      "enspace",
                                                      "thinspace",
                                                      "rm",
                                                      "bf",
                                                      "it",
                                                      "sf",
                                                      "tt",
                                                      "mathstrut",
                                                      "strut",
                                                      "hfill",
                                                      "centering",
                                                      "$",
                                                      "/",
                                                      "nonumber",
                                                      "notag",
                                                      "hline",
                                                      "par",
                                                      "noindent",
                                                      "@",
                                                      "-",
                                                      "large",
                                                      "Large",
                                                      "small",
                                                      "normalsize",
                                                      "boldmath",
                                                      "relax",
                                                      "allowbreak",
                                                      "nobreak",
                                                      "protect"};

constexpr std::array<std::string_view, 12> kTextCommands{"text",   "mbox",   "textbf", "textit", "textrm", "textnormal",
                                                         "textsf", "texttt", "hbox",   "emph",   "textup", "underline"};
constexpr std::array<std::string_view, 13> kFontCommands{
    "mathrm",       "mathbf",     "mathit", "mathsf", "mathcal", "boldsymbol", "bm",
    "operatorname", "mathnormal", "mathtt", "bold",   "pmb",     "mathop"};

constexpr std::array<std::string_view, 78> kUnits{
    "cm",     "mm",     "km",      "nm",     "kg",     "mg",      "lb",     "lbs",     "oz",    "ml",
    "mL",     "ft",     "yd",      "mi",     "hr",     "hrs",     "min",    "mins",    "sec",   "secs",
    "mph",    "kph",    "Hz",      "kHz",    "USD",    "EUR",     "rad",    "unit",    "units", "square",
    "cubic",  "inch",   "inches",  "foot",   "feet",   "yard",    "yards",  "mile",    "miles", "meter",
    "meters", "metre",  "metres",  "gram",   "grams",  "liter",   "liters", "litres",  "pound", "pounds",
    "ounce",  "ounces", "hour",    "hours",  "minute", "minutes", "second", "seconds", "day",   "days",
    "week",   "weeks",  "month",   "months", "year",   "years",   "dollar", "dollars", "cent",  "cents",
    "euro",   "euros",  "radians", "sq",     "cu",     "per",     "ways",   "of"};

constexpr std::array<std::string_view, 24> kLeading{
    "only",   "the",   "answer",    "is",     "approximately", "about", "exactly", "approx", "around",
    "equals", "final", "therefore", "so",     "thus",          "hence", "result",  "value",  "a",
    "an",     "are",   "roughly",   "either", "equal",         "to"};

constexpr std::array<std::pair<std::string_view, int>, 28> kNumberWords{
    {{"zero", 0},      {"one", 1},       {"two", 2},       {"three", 3},    {"four", 4},     {"five", 5},
     {"six", 6},       {"seven", 7},     {"eight", 8},     {"nine", 9},     {"ten", 10},     {"eleven", 11},
     {"twelve", 12},   {"thirteen", 13}, {"fourteen", 14}, {"fifteen", 15}, {"sixteen", 16}, {"seventeen", 17},
     {"eighteen", 18}, {"nineteen", 19}, {"twenty", 20},   {"thirty", 30},  {"forty", 40},   {"fifty", 50},
     {"sixty", 60},    {"seventy", 70},  {"eighty", 80},   {"ninety", 90}}};

/// Characters outside ASCII, spelled in LaTeX.
constexpr std::array<std::pair<std::string_view, std::string_view>, 126> kUnicode{{
    {"−", "-"},           {"–", "-"},           {"—", "-"},           {"‐", "-"},
    {"‑", "-"},           {"﹣", "-"},          {"－", "-"},          {"＋", "+"},
    {"×", "\\times "},    {"✕", "\\times "},    {"∗", "*"},           {"·", "\\cdot "},
    {"⋅", "\\cdot "},     {"•", "\\cdot "},     {"∙", "\\cdot "},     {"÷", "\\div "},
    {"∕", "/"},           {"⁄", "/"},           {"／", "/"},          {"±", "\\pm "},
    {"∓", "\\mp "},       {"≤", "\\le "},       {"≦", "\\le "},       {"⩽", "\\le "},
    {"≥", "\\ge "},       {"≧", "\\ge "},       {"⩾", "\\ge "},       {"≠", "\\ne "},
    {"≈", "\\approx "},   {"≃", "\\approx "},   {"≡", "\\equiv "},    {"＝", "="},
    {"＜", "<"},          {"＞", ">"},          {"∈", "\\in "},       {"∪", "\\cup "},
    {"⋃", "\\cup "},      {"∩", "\\cap "},      {"∖", "\\setminus "}, {"∅", "\\emptyset "},
    {"Ø", "\\emptyset "}, {"∞", "\\infty "},    {"π", "\\pi "},       {"√", "\\unicoderoot "},
    {"∛", "\\cbrt "},     {"°", "\\degree "},   {"º", "\\degree "},   {"′", "'"},
    {"’", "'"},           {"″", "''"},          {"…", "\\ldots "},    {"⋯", "\\cdots "},
    {"∠", "\\angle "},    {"△", "\\triangle "}, {"ℝ", "\\mathbb{R}"}, {"ℤ", "\\mathbb{Z}"},
    {"ℕ", "\\mathbb{N}"}, {"ℚ", "\\mathbb{Q}"}, {"∧", "\\land "},     {"∨", "\\lor "},
    {"⌊", "\\lfloor "},   {"⌋", "\\rfloor "},   {"⌈", "\\lceil "},    {"⌉", "\\rceil "},
    {"⟨", "\\langle "},   {"⟩", "\\rangle "},   {"〈", "\\langle "},  {"〉", "\\rangle "},
    {"∣", "|"},           {"｜", "|"},          {"½", "{1/2}"},       {"⅓", "{1/3}"},
    {"⅔", "{2/3}"},       {"¼", "{1/4}"},       {"¾", "{3/4}"},       {"⅕", "{1/5}"},
    {"⅖", "{2/5}"},       {"⅗", "{3/5}"},       {"⅘", "{4/5}"},       {"⅙", "{1/6}"},
    {"⅚", "{5/6}"},       {"⅛", "{1/8}"},       {"⅜", "{3/8}"},       {"⅝", "{5/8}"},
    {"⅞", "{7/8}"},       {"α", "\\alpha "},    {"β", "\\beta "},     {"γ", "\\gamma "},
    {"δ", "\\delta "},    {"ε", "\\epsilon "},  {"η", "\\eta "},      {"θ", "\\theta "},
    {"κ", "\\kappa "},    {"λ", "\\lambda "},   {"μ", "\\mu "},       {"ν", "\\nu "},
    {"ξ", "\\xi "},       {"ρ", "\\rho "},      {"σ", "\\sigma "},    {"τ", "\\tau "},
    {"φ", "\\phi "},      {"ϕ", "\\phi "},      {"χ", "\\chi "},      {"ψ", "\\psi "},
    {"ω", "\\omega "},    {"Δ", "\\Delta "},    {"Ω", "\\Omega "},    {"Σ", "\\Sigma "},
    {"Φ", "\\Phi "},      {"（", "("},          {"）", ")"},          {"【", "["},
    {"】", "]"},          {"［", "["},          {"］", "]"},          {"｛", "\\{"},
    {"｝", "\\}"},        {"，", ", "},         {"、", ", "},         {"；", ";"},
    {"：", ":"},          {"。", ". "},         {"％", "%"},
}};

constexpr std::array<std::string_view, 10> kCurrencies{"€", "£", "¥", "₹", "＄", "￥", "₽", "₩", "￡", "¢"};
constexpr std::array<std::string_view, 14> kRaised{"⁰", "¹", "²", "³", "⁴", "⁵", "⁶",
                                                   "⁷", "⁸", "⁹", "⁺", "⁻", "ⁿ", "ˣ"};
constexpr std::string_view kScriptAscii = "0123456789+-nx";
constexpr std::array<std::string_view, 10> kLowered{"₀", "₁", "₂", "₃", "₄", "₅", "₆", "₇", "₈", "₉"};

template <class List>
bool has(const List& list, std::string_view word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

template <class List>
char script_spelling(const List& list, std::string_view rest, std::size_t& bytes) {
  for (std::size_t i = 0; i < list.size(); ++i) {
    if (!rest.starts_with(list[i])) continue;
    bytes = list[i].size();
    return kScriptAscii[i];
  }
  bytes = 0;
  return 0;
}

std::optional<Spelling> find(const Table& table, std::string_view key) {
  const auto it = table.find(key);
  if (it == table.end()) return std::nullopt;
  Spelling spelling = it->second;
  if (spelling.type == T::constant && spelling.text.empty()) spelling.text = std::string_view("\0", 1);
  return spelling;
}

std::optional<Spelling> function_or_greek(std::string_view name) {
  if (name == "asin" || name == "acos" || name == "atan") {
    static constexpr std::array<std::string_view, 3> kLong{"arcsin", "arccos", "arctan"};
    return Spelling{T::function, kLong[name == "asin" ? 0 : name == "acos" ? 1 : 2]};
  }
  for (std::string_view function : kFunctions)
    if (function == name) return Spelling{T::function, function};
  for (std::string_view letter : kGreek)
    if (letter == name) return Spelling{T::name, letter};
  return std::nullopt;
}

}  // namespace

std::optional<Spelling> command_spelling(std::string_view name) {
  if (const auto found = find(kCommands, name)) return found;
  if (name == "cbrt") return Spelling{T::function, "cbrt"};
  return function_or_greek(name);
}

std::optional<Spelling> word_spelling(std::string_view word) {
  if (const auto found = function_or_greek(word)) return found;
  return find(kWords, lower(word));
}

std::string_view unicode_spelling(std::string_view rest, std::size_t& bytes) {
  for (const auto& [from, to] : kUnicode) {
    if (!rest.starts_with(from)) continue;
    bytes = from.size();
    return to;
  }
  for (std::string_view currency : kCurrencies) {
    if (!rest.starts_with(currency)) continue;
    bytes = currency.size();
    return " ";
  }
  bytes = 0;
  return {};
}

char raised_spelling(std::string_view rest, std::size_t& bytes) { return script_spelling(kRaised, rest, bytes); }
char lowered_spelling(std::string_view rest, std::size_t& bytes) { return script_spelling(kLowered, rest, bytes); }

bool is_invisible(std::string_view command) { return has(kInvisible, command); }
bool is_text_command(std::string_view command) { return has(kTextCommands, command); }
bool is_font_command(std::string_view command) { return has(kFontCommands, command); }
bool is_unit_word(std::string_view word) { return has(kUnits, word); }
bool is_leading_word(std::string_view word) { return has(kLeading, lower(word)); }

int number_word(std::string_view word) {
  const std::string low = lower(word);
  for (const auto& [name, value] : kNumberWords)
    if (name == low) return value;
  return -1;
}

}  // namespace hone::math
