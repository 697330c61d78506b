#include "policy/format/byte_reader.h"

#include "proto/base/error.h"

namespace hone {

std::span<const std::byte> ByteReader::take(uint64_t count, std::string_view what) {
  require_items(count, 1, what);
  const auto out = bytes_.subspan(position_, static_cast<std::size_t>(count));
  position_ += out.size();
  return out;
}

void ByteReader::require_items(uint64_t count, std::size_t item_bytes, std::string_view what) const {
  if (count <= remaining() / item_bytes) return;
  throw Error(ErrorCode::data_loss, source_ + ": " + std::string(what) + " at byte " + std::to_string(position_) +
                                        " needs " + std::to_string(count) + " x " + std::to_string(item_bytes) +
                                        " bytes, " + std::to_string(remaining()) + " are left of " +
                                        std::to_string(bytes_.size()) + "; the file is truncated or damaged");
}

}  // namespace hone
