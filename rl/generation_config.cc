#include "rl/generation_config.h"

#include "proto/base/file.h"
#include "proto/base/json.h"
#include "rl/distill_config.h"
#include "rl/sft_config.h"

namespace hone {

TrainConfig load_generation_config(const std::filesystem::path& file, const std::vector<std::string>& overrides) {
  require_file(file, "config");
  const Json json = read_json_file(file, true);
  if (json.contains("sft")) return load_sft_config(file, overrides).generation();
  if (json.contains("distill")) return load_distill_config(file, overrides).common;
  return load_train_config(file, overrides);
}

}  // namespace hone
