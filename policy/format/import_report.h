// What an import made, for the command line to say.
#pragma once

#include <string>
#include <vector>

#include "policy/model_config.h"

namespace hone {

struct ImportReport {
  ModelConfig config;
  bool wrote_tokenizer = false;
  std::vector<std::string> notes;  // sentences for a person: what was assumed or left out
};

}  // namespace hone
