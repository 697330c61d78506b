#include "policy/text/normalizer.h"

#include <unicode/bytestream.h>
#include <unicode/normalizer2.h>
#include <unicode/stringpiece.h>
#include <unicode/utypes.h>

#include <cstdint>

#include "proto/base/error.h"

namespace hone {
namespace {

constexpr int kMaxDepth = 16;

bool uses_nfc(const JsonNode& node, int depth) {
  if (depth > kMaxDepth) node.fail(ErrorCode::invalid_argument, "Sequences are nested more than 16 deep");
  const std::string type = node.at("type").text();
  if (type == "NFC") return true;
  if (type != "Sequence") node.fail_unsupported("normalizer " + in_quotes(type), "NFC, Sequence, null");
  bool nfc = false;
  for (const JsonNode& item : node.at("normalizers").items()) nfc |= uses_nfc(item, depth + 1);
  return nfc;
}

const icu::Normalizer2& nfc_instance() {
  UErrorCode status = U_ZERO_ERROR;
  const icu::Normalizer2* instance = icu::Normalizer2::getNFCInstance(status);
  HONE_CHECK(U_SUCCESS(status), std::string("ICU cannot load its NFC data: ") + u_errorName(status));
  return *instance;
}

}  // namespace

Normalizer Normalizer::from_json(const JsonNode& node) {
  Normalizer normalizer;
  normalizer.nfc_ = uses_nfc(node, 0);
  return normalizer;
}

std::optional<std::string> Normalizer::apply(std::string_view text) const {
  if (!nfc_) return std::nullopt;
  const icu::Normalizer2& nfc = nfc_instance();
  const icu::StringPiece piece(text.data(), static_cast<int32_t>(text.size()));
  UErrorCode status = U_ZERO_ERROR;
  if (nfc.isNormalizedUTF8(piece, status)) return std::nullopt;
  std::string out;
  icu::StringByteSink<std::string> sink(&out, piece.length());
  nfc.normalizeUTF8(0, piece, sink, nullptr, status);
  HONE_CHECK(U_SUCCESS(status), std::string("ICU cannot normalise: ") + u_errorName(status));
  return out;
}

}  // namespace hone
