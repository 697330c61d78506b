// What a worker says of itself, and what a learner expects of it.
#pragma once

#include <cstdint>
#include <string>

namespace hone {

/// Names one set of weights. `session` rises with each start of the learner process, so that a resumed run may go back
/// to an older version than its workers have; within a session versions only rise. Session 0: the worker has received
/// none.
struct WeightsId {
  std::string run_id;
  uint64_t session = 0;
  uint64_t version = 0;

  bool operator==(const WeightsId&) const = default;
};

/// Whether who serves `have` can answer what wants `want`: the same set, or with `or_newer` also a later one of its session.
bool serves(const WeightsId& have, const WeightsId& want, bool or_newer);

/// "version 3 of run 'a' (session 17)", or "no published weights".
std::string to_string(const WeightsId& id);

struct WorkerInfo {
  uint32_t protocol_version = 0;
  std::string fingerprint;  // model_fingerprint()
  int64_t vocab_size = 0;
  int32_t slots = 0;  // completions decoded side by side
  WeightsId weights;  // run_id is "" until the worker belongs to a run
  std::string weight_storage = "float32";
};

struct ExpectedWorker {
  std::string fingerprint;
  int64_t vocab_size = 0;
  std::string run_id;
  std::string weight_storage = "float32";
};

/// Throws failed_precondition naming the worker, both values and the fix at the first difference: protocol version,
/// vocabulary, fingerprint, weight storage, run.
void check_worker(const WorkerInfo& info, const ExpectedWorker& expected, const std::string& endpoint);

}  // namespace hone
