// Messages as raw bytes: for handlers that must answer a broken message with a clear status, and refuse one that is
// small on the wire and huge in memory before it is unpacked.
#pragma once

#include <google/protobuf/message.h>
#include <grpcpp/support/byte_buffer.h>

#include <cstdint>

namespace hone {

/// Fields with a length of their own (messages, texts, packed lists) and unknown fields that one message may hold,
/// nested ones included. Each costs up to some 200 bytes of memory however short it is.
inline constexpr int64_t kMaxMessageParts = 1 << 18;

/// Throws invalid_argument when `bytes` are not a message of this type, or have more than `max_parts` parts.
void decode(const grpc::ByteBuffer& bytes, google::protobuf::Message& message, int64_t max_parts = kMaxMessageParts);

grpc::ByteBuffer encode(const google::protobuf::Message& message);

}  // namespace hone
