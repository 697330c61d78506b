// What a maths comparison is asked to do: where to look for the answer, and the choices on which graders differ.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace hone {
class Settings;
}

namespace hone::math {

/// What the two texts are.
enum class Mode : uint8_t {
  answer,           // bare answers
  response,         // a bare reference, a whole model response
  text_expr,        // two texts; plain numbers are looked for
  text_latex,       // two texts; LaTeX is looked for
  text_latex_expr,  // two texts; LaTeX or plain numbers
  mcq,              // a choice letter
};

/// Which forms of an answer count in a response.
enum class Extraction : uint8_t {
  lenient,  // boxes, <answer>, "####", "answer is", a response that is one expression, the last formula or number
  strict,   // boxes, <answer>, "####", "answer is"
  boxed,    // boxes and <answer>
};

enum class Percent : uint8_t {
  either,  // 28% equals 28 and 0.28
  value,   // 28% equals 0.28
};
enum class Degrees : uint8_t {
  either,  // 45 degrees equals 45 and pi/4
  value,   // 45 degrees equals pi/4
};
enum class ListOrder : uint8_t {
  any,  // "1, -2" equals "-2, 1"; tuples keep their order
  same,
};
enum class Units : uint8_t {
  ignore,    // "10 cm" equals "10", and "10 m"
  conflict,  // "10 cm" equals "10", not "10 m"
};
enum class Rounding : uint8_t {
  reference,  // 1587/52 equals a reference 30.52; a decimal of six or more digits equals the number that it rounds
  none,
};
enum class Boxes : uint8_t {
  list,  // boxes that only commas or one "and" separate are one list
  last,
};

struct Policy {
  Extraction extraction = Extraction::lenient;
  Percent percent = Percent::either;
  Degrees degrees = Degrees::either;
  ListOrder list_order = ListOrder::any;
  Units units = Units::conflict;
  Rounding rounding = Rounding::reference;
  Boxes boxes = Boxes::list;
  bool tuple_or_list = true;  // "(3, 2)" equals the bare list "3, 2", in order
};

/// The settings of the same names; throws invalid_argument for an unknown choice.
Policy read_policy(Settings& settings);

}  // namespace hone::math
