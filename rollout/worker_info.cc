#include "rollout/worker_info.h"

#include "proto/base/error.h"
#include "proto/rpc/endpoint.h"

namespace hone {
namespace {

[[noreturn]] void mismatch(const std::string& endpoint, const std::string& text) {
  throw Error(ErrorCode::failed_precondition, "rollout worker " + endpoint + ": " + text);
}

}  // namespace

std::string to_string(const WeightsId& id) {
  if (id.session == 0) return "no published weights";
  return "version " + std::to_string(id.version) + " of run '" + id.run_id + "' (session " +
         std::to_string(id.session) + ")";
}

bool serves(const WeightsId& have, const WeightsId& want, bool or_newer) {
  if (have.session == 0 || have.session != want.session || have.run_id != want.run_id) return false;
  return have.version == want.version || (or_newer && have.version > want.version);
}

void check_worker(const WorkerInfo& info, const ExpectedWorker& expected, const std::string& endpoint) {
  if (info.protocol_version != kProtocolVersion)
    mismatch(endpoint, "speaks protocol version " + std::to_string(info.protocol_version) + ", the learner " +
                           std::to_string(kProtocolVersion) + "; run the same release of hone on both sides");
  if (info.vocab_size != expected.vocab_size)
    mismatch(endpoint, "its model has a vocabulary of " + std::to_string(info.vocab_size) + ", the learner's " +
                           std::to_string(expected.vocab_size) + "; start the worker with the learner's model folder");
  if (info.fingerprint != expected.fingerprint)
    mismatch(endpoint,
             "its model fingerprint is " + info.fingerprint + ", the learner's " + expected.fingerprint +
                 "; start the worker with the learner's model folder (config.json and tokenizer.json must be equal)");
  if (info.weight_storage != expected.weight_storage)
    mismatch(endpoint, "stores weights as " + info.weight_storage + ", this run's rollout.weight_storage is " + expected.weight_storage +
                           "; start the worker with --weight-storage " + expected.weight_storage);
  if (!info.weights.run_id.empty() && info.weights.run_id != expected.run_id)
    mismatch(endpoint, "belongs to run '" + info.weights.run_id + "', this is run '" + expected.run_id +
                           "'; restart the worker or use another one");
}

}  // namespace hone
