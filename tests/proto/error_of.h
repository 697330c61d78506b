// The code, and the text, of the Error that a body throws.
#pragma once

#include <stdexcept>
#include <string>

#include "proto/base/error.h"

namespace hone::testing {

template <class Body>
ErrorCode error_of(Body body, std::string* text = nullptr) {
  try {
    body();
  } catch (const Error& error) {
    if (text != nullptr) *text = error.what();
    return error.code();
  }
  throw std::logic_error("no hone::Error was thrown");
}

}  // namespace hone::testing
