#include "rollout/rpc/convert.h"

namespace hone {

void to_message(const WeightsId& id, v1::WeightsId& out) {
  out.set_run_id(id.run_id);
  out.set_session(id.session);
  out.set_version(id.version);
}

WeightsId from_message(const v1::WeightsId& message) {
  return {message.run_id(), message.session(), message.version()};
}

void to_message(const WorkerInfo& info, v1::WorkerInfo& out) {
  out.set_protocol_version(info.protocol_version);
  out.set_fingerprint(info.fingerprint);
  out.set_vocab_size(info.vocab_size);
  out.set_slots(info.slots);
  to_message(info.weights, *out.mutable_weights());
  out.set_weight_storage(info.weight_storage);
}

WorkerInfo from_message(const v1::WorkerInfo& message) {
  return {message.protocol_version(), message.fingerprint(), message.vocab_size(), message.slots(),
          from_message(message.weights()), message.weight_storage().empty() ? "float32" : message.weight_storage()};
}

void to_message(const WeightManifest& manifest, v1::WeightManifest& out) {
  to_message(manifest.weights, *out.mutable_weights());
  out.set_parent_version(manifest.parent_version);
  out.set_in_flight(manifest.in_flight);
  for (const TensorManifest& tensor : manifest.tensors) {
    v1::TensorManifest& added = *out.add_tensors();
    added.set_name(tensor.name);
    added.mutable_shape()->Assign(tensor.shape.begin(), tensor.shape.end());
    added.set_dtype(tensor.dtype);
    added.set_offset(tensor.offset);
    added.set_checksum(tensor.checksum);
  }
  if (manifest.shared) {
    out.mutable_shared()->set_pid(manifest.shared->pid);
    out.mutable_shared()->set_fd(manifest.shared->fd);
    out.mutable_shared()->set_bytes(manifest.shared->bytes);
  }
}

WeightManifest from_message(const v1::WeightManifest& message) {
  WeightManifest manifest{from_message(message.weights()), message.parent_version(), {}, std::nullopt, message.in_flight()};
  if (message.has_shared()) manifest.shared = {message.shared().pid(), message.shared().fd(), message.shared().bytes()};
  for (const v1::TensorManifest& tensor : message.tensors())
    manifest.tensors.push_back({tensor.name(),
                                {tensor.shape().begin(), tensor.shape().end()},
                                tensor.dtype(),
                                tensor.offset(),
                                tensor.checksum()});
  return manifest;
}

WeightChunk from_message(const v1::WeightData& message) {
  return {message.offset(), std::as_bytes(std::span(message.data().data(), message.data().size()))};
}

}  // namespace hone
