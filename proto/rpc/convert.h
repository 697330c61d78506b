// Plain structs <-> messages. Values survive exactly (floats bit for bit); decoding checks what a peer could get wrong.
#pragma once

#include "hone/v1/reward.pb.h"
#include "hone/v1/trace.pb.h"
#include "proto/base/trace.h"

namespace hone {

void to_message(const Reward& reward, v1::Reward& out);
void to_message(const Completion& completion, v1::Completion& out);
void to_message(const Group& group, v1::Group& out);
void to_message(const RolloutRequest& request, v1::RolloutRequest& out);
void to_message(const RolloutResult& result, v1::RolloutResult& out);

/// All throw data_loss, naming the field, on an unknown enumerator or lists of different lengths.
Reward from_message(const v1::Reward& message);
Completion from_message(const v1::Completion& message);
Group from_message(const v1::Group& message);
RolloutRequest from_message(const v1::RolloutRequest& message);
RolloutResult from_message(const v1::RolloutResult& message);

}  // namespace hone
