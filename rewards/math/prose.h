// Answers that are words, choice letters, or times of day.
// Thread rule: pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace hone::math {

/// The text without what only changes its looks: "$", \left, spacing, \text{} and fonts, a final full stop. Words get
/// lower case where there is nothing but words.
std::string plain_form(std::string_view text);
/// Of a plain form: letters, spaces and punctuation of a sentence only, three letters or more, and no name of a number or constant.
bool is_only_words(std::string_view text);

/// The letters of a multiple choice with several right answers, sorted: "ACD", "A, C and D". Empty where it is not one.
std::string choice_letters(std::string_view plain);

/// Seconds since midnight of "20:34", "8:34 p.m.", "20:34:00".
std::optional<int> time_of_day(std::string_view text);

/// The letter that a text chooses ("(D) Alina", "The answer is C", "B. because", "\boxed{A}"); 0 where there is none.
char choice_letter(std::string_view text);

}  // namespace hone::math
