// Checksums and fingerprints: XXH3 (xxhash). Not cryptographic: they find accidents, not attackers.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace hone {

uint64_t digest64(std::span<const std::byte> bytes);
inline uint64_t digest64(std::string_view text) {
  return digest64(std::as_bytes(std::span(text.data(), text.size())));
}
/// 128-bit digest as 32 hex digits.
std::string digest128_hex(std::string_view text);

}  // namespace hone
