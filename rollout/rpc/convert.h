// Plain structs of rollout/ <-> messages of hone/v1/rollout.proto.
#pragma once

#include "hone/v1/rollout.pb.h"
#include "rollout/weight_transfer.h"
#include "rollout/worker_info.h"

namespace hone {

void to_message(const WeightsId& id, v1::WeightsId& out);
void to_message(const WorkerInfo& info, v1::WorkerInfo& out);
void to_message(const WeightManifest& manifest, v1::WeightManifest& out);

WeightsId from_message(const v1::WeightsId& message);
WorkerInfo from_message(const v1::WorkerInfo& message);
WeightManifest from_message(const v1::WeightManifest& message);
/// Borrows the message's bytes.
WeightChunk from_message(const v1::WeightData& message);

}  // namespace hone
