#include "policy/weight_storage.h"

#include <string>

#include "proto/base/error.h"

namespace hone {

std::size_t byte_size(WeightStorage storage) {
  switch (storage) {
    case WeightStorage::float32: return 4;
    case WeightStorage::bfloat16: return 2;
    case WeightStorage::int8: return 1;
  }
  return 4;
}

std::string_view to_string(WeightStorage storage) {
  switch (storage) {
    case WeightStorage::float32: return "float32";
    case WeightStorage::bfloat16: return "bfloat16";
    case WeightStorage::int8: return "int8";
  }
  return "float32";
}

WeightStorage weight_storage_from_string(std::string_view name) {
  for (const WeightStorage storage : {WeightStorage::float32, WeightStorage::bfloat16, WeightStorage::int8}) {
    if (name == to_string(storage)) return storage;
  }
  throw Error(ErrorCode::invalid_argument, "weight_storage \"" + std::string(name) + "\" is not one of float32, bfloat16, int8");
}

}  // namespace hone
