#include "proto/rpc/decode.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/wire_format_lite.h>
#include <grpcpp/impl/codegen/proto_utils.h>
#include <grpcpp/support/proto_buffer_reader.h>

#include <string>

#include "proto/base/error.h"
#include "proto/rpc/endpoint.h"

namespace hone {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::internal::WireFormatLite;

/// Walks over the tags of one message and its nested ones without keeping anything. False when the bytes are no message
/// or have more than `left` parts; `left` is then negative in the second case.
bool count_parts(google::protobuf::io::CodedInputStream& in, const Descriptor& type, int64_t& left) {
  while (const uint32_t tag = in.ReadTag()) {
    const FieldDescriptor* field = type.FindFieldByNumber(WireFormatLite::GetTagFieldNumber(tag));
    const bool has_length = WireFormatLite::GetTagWireType(tag) == WireFormatLite::WIRETYPE_LENGTH_DELIMITED;
    if ((has_length || field == nullptr) && --left < 0) return false;
    if (!has_length || field == nullptr || field->type() != FieldDescriptor::TYPE_MESSAGE) {
      if (!WireFormatLite::SkipField(&in, tag)) return false;
      continue;
    }
    uint32_t length = 0;
    if (!in.ReadVarint32(&length) || length > static_cast<uint32_t>(kMaxMessageBytes)) return false;
    const auto limit = in.PushLimit(static_cast<int>(length));
    if (!count_parts(in, *field->message_type(), left)) return false;
    if (in.BytesUntilLimit() != 0) return false;
    in.PopLimit(limit);
  }
  return in.ConsumedEntireMessage();
}

}  // namespace

void decode(const grpc::ByteBuffer& bytes, google::protobuf::Message& message, int64_t max_parts) {
  const std::string name = message.GetDescriptor()->name();
  grpc::ByteBuffer walked = bytes;  // shares the bytes
  grpc::ProtoBufferReader reader(&walked);
  int64_t left = max_parts;
  bool valid = reader.status().ok();
  if (valid) {
    google::protobuf::io::CodedInputStream in(&reader);
    in.SetTotalBytesLimit(kMaxMessageBytes);
    valid = count_parts(in, *message.GetDescriptor(), left);
  }
  if (left < 0)
    throw Error(ErrorCode::invalid_argument,
                "the " + name + " has more than " + std::to_string(max_parts) + " parts; send fewer in one call");
  grpc::ByteBuffer parsed = bytes;
  if (!valid || !grpc::GenericDeserialize<grpc::ProtoBufferReader, google::protobuf::Message>(&parsed, &message).ok())
    throw Error(
        ErrorCode::invalid_argument,
        "the " + name + " cannot be read: it is cut off or no such message, or an id or a name in it is not UTF-8");
}

grpc::ByteBuffer encode(const google::protobuf::Message& message) {
  grpc::ByteBuffer bytes;
  bool own = false;
  const grpc::Status status = grpc::SerializationTraits<google::protobuf::Message>::Serialize(message, &bytes, &own);
  HONE_CHECK(status.ok(), "a message cannot be written: " + status.error_message());
  return bytes;
}

}  // namespace hone
