// A bounds-checked cursor over little-endian bytes of a file. Every read past the end throws data_loss that names the
// file, the item, the bytes needed and the bytes there; nothing is allocated before its length has been checked.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

namespace hone {

class ByteReader {
 public:
  /// `source` names the file in messages; both must outlive this.
  ByteReader(std::span<const std::byte> bytes, const std::string& source) : bytes_(bytes), source_(source) {}

  std::size_t position() const { return position_; }
  std::size_t remaining() const { return bytes_.size() - position_; }

  /// The next `count` bytes, without a copy. `what` names them in messages.
  std::span<const std::byte> take(uint64_t count, std::string_view what);

  template <class T>
  T read(std::string_view what) {
    static_assert(std::is_arithmetic_v<T>);
    T value{};
    std::memcpy(&value, take(sizeof value, what).data(), sizeof value);
    return value;
  }

  /// Throws data_loss unless `count` items of at least `item_bytes` each can still follow.
  void require_items(uint64_t count, std::size_t item_bytes, std::string_view what) const;

 private:
  std::span<const std::byte> bytes_;
  const std::string& source_;
  std::size_t position_ = 0;
};

}  // namespace hone
