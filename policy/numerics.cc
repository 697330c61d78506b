#include "policy/numerics.h"

#include <string>

#include "proto/base/error.h"

namespace hone {

std::string_view to_string(Numerics value) { return value == Numerics::exact ? "exact" : "fast"; }

Numerics numerics_from_string(std::string_view name) {
  if (name == "fast") return Numerics::fast;
  if (name == "exact") return Numerics::exact;
  throw Error(ErrorCode::invalid_argument, "numerics \"" + std::string(name) + "\" is not one of exact, fast");
}

}  // namespace hone
