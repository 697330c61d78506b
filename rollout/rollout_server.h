// A rollout worker: one engine served over gRPC (hone.v1.RolloutService). No gRPC in this header.
//
// Generate calls and weight swaps go through one queue and run one after another, in the order of their arrival; new
// weights are received and verified while the engine generates. An in-flight update does not queue: the running Generate
// call goes on with the new weights. A Generate call names the weights it expects and fails with failed_precondition if the
// worker serves others (or older ones, where newer will do). A client that cancels or vanishes stops its generation.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <memory>
#include <string>

#include "proto/rpc/endpoint.h"
#include "rollout/completion_engine.h"
#include "rollout/worker_info.h"

namespace hone {

struct RolloutServerOptions {
  std::string address = "127.0.0.1:0";  // other than loopback only with `tls`
  TlsFiles tls;
  std::string fingerprint;  // model_fingerprint()
  int64_t vocab_size = 0;
  int32_t slots = 0;                   // GeneratorOptions::max_batch_rows
  std::string weight_storage = "float32";  // GeneratorOptions::weight_storage
  std::string run_id;                  // "": the first run that sends weights
  std::size_t max_waiting_calls = 64;  // further ones get resource_exhausted
  double drain_s = 10.0;               // how long run_rollout_worker lets running calls finish
};

class RolloutServer {
 public:
  /// Starts serving. The engine must outlive this object and belongs to it. Throws invalid_argument for an address that
  /// is refused.
  RolloutServer(CompletionEngine& engine, const RolloutServerOptions& options);
  ~RolloutServer();

  /// "host:port" with the port in use.
  const std::string& address() const;
  WorkerInfo info() const;
  /// Takes no new calls, lets running ones finish for `grace_s`, then cancels them.
  void stop(double grace_s);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Serves until `stop` becomes true, then drains. Prints "listening on HOST:PORT" and a newline to `out` once calls are
/// taken.
void run_rollout_worker(CompletionEngine& engine, const RolloutServerOptions& options, const std::atomic<bool>& stop,
                        std::ostream& out);

}  // namespace hone
