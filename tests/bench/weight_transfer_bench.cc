// bench_weights: how fast a set of weights gets to workers, against what the machine can do.
//   bench_weights [MIB]      size of the set, 512 by default
// Each line is the best of several rounds, in GB/s of weights (10^9 bytes). Publishing includes the snapshot, the
// checksums and finite checks of both sides, staging and the swap; the engine keeps no copy. All workers are in this
// process, on loopback.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "proto/base/log.h"
#include "rollout/weight_transfer.h"
#include "tests/rollout/rpc_fixture.h"

namespace hone {
namespace {

using Clock = std::chrono::steady_clock;
constexpr int kRounds = 5;

/// Prints the best round's rate.
void report(const std::string& what, std::size_t bytes, const std::function<void()>& round) {
  double best = 1e300;
  for (int i = 0; i < kRounds; ++i) {
    const auto start = Clock::now();
    round();
    best = std::min(best, std::chrono::duration<double>(Clock::now() - start).count());
  }
  std::printf("%-52s %6.2f GB/s  %7.1f ms\n", what.c_str(), 1e-9 * static_cast<double>(bytes) / best, 1e3 * best);
  std::fflush(stdout);
}

/// A pair of connected TCP sockets on loopback.
std::pair<int, int> tcp_pair() {
  const int listener = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  const int to = ::socket(AF_INET, SOCK_STREAM, 0);
  if (::bind(listener, generic, size) != 0 || ::listen(listener, 1) != 0 ||
      ::getsockname(listener, generic, &size) != 0 || ::connect(to, generic, size) != 0)
    std::abort();
  const int from = ::accept(listener, nullptr, nullptr);
  ::close(listener);
  return {to, from};
}

void bench_tcp(const std::vector<float>& source, std::vector<float>& target) {
  const auto [to, from] = tcp_pair();
  const std::size_t bytes = source.size() * sizeof(float);
  report("loopback TCP, writes of 1 MiB", bytes, [&, to = to, from = from] {
    std::thread sender([&] {
      const char* const data = reinterpret_cast<const char*>(source.data());
      for (std::size_t done = 0; done < bytes;) {
        const ssize_t n = ::write(to, data + done, std::min(kWeightChunkBytes, bytes - done));
        if (n <= 0) std::abort();
        done += static_cast<std::size_t>(n);
      }
    });
    char* const data = reinterpret_cast<char*>(target.data());
    for (std::size_t done = 0; done < bytes;) {
      const ssize_t n = ::read(from, data + done, std::min(kWeightChunkBytes, bytes - done));
      if (n <= 0) std::abort();
      done += static_cast<std::size_t>(n);
    }
    sender.join();
  });
  ::close(to);
  ::close(from);
}

/// Workers whose engines have these tensors.
struct BenchWorker {
  explicit BenchWorker(const std::vector<TensorSpec>& specs) : engine(specs) {
    RolloutServerOptions options;
    options.fingerprint = "f00d";
    options.vocab_size = 1000;
    server = std::make_unique<RolloutServer>(engine, options);
  }
  testing::FakeEngine engine;
  std::unique_ptr<RolloutServer> server;
};

/// `shared`: through memory that the workers map; else as a stream, for which the endpoint is an address that is not known as loopback.
void bench_publish(const WeightSet& weights, const std::vector<TensorSpec>& specs, std::size_t bytes, int count, bool shared) {
  std::vector<std::unique_ptr<BenchWorker>> workers;
  std::vector<std::string> endpoints;
  for (int i = 0; i < count; ++i) {
    workers.push_back(std::make_unique<BenchWorker>(specs));
    const std::string& address = workers.back()->server->address();
    endpoints.push_back(shared ? address : "0.0.0.0" + address.substr(address.rfind(':')));
  }
  RemoteRollout rollout(testing::client_options(endpoints));
  uint64_t version = 0;
  report("publish to " + std::to_string(count) + " worker(s), " + (shared ? "shared memory" : "gRPC stream"), bytes * static_cast<std::size_t>(count),
         [&] { rollout.publish(++version, weights.views()); });
}

void run(std::size_t mib) {
  // 24 equal matrices and a small vector, as a model of that size has.
  const auto rows = static_cast<int64_t>(mib * (std::size_t{1} << 20) / 24 / sizeof(float) / 1024);
  std::vector<TensorSpec> specs;
  for (int i = 0; i < 24; ++i) specs.push_back({"layer." + std::to_string(i), {rows, 1024}});
  specs.push_back({"norm", {1024}});
  const WeightSet weights = testing::make_weights(specs, 1);
  std::size_t floats = 0;
  for (const WeightSet::Tensor& tensor : weights.tensors) floats += tensor.data.size();
  const std::size_t bytes = floats * sizeof(float);
  std::printf("%.1f MiB of weights, %u cores\n", static_cast<double>(bytes) / (1 << 20),
              std::thread::hardware_concurrency());
  std::vector<float> source(floats, 1.0f), target(floats);
  report("memcpy", bytes, [&] { std::memcpy(target.data(), source.data(), bytes); });
  bench_tcp(source, target);
  const WeightsId id{"run", 1, 1};
  report("snapshot: copy and checksum", bytes, [&] { WeightSender(id, weights.views()); });
  const WeightSender sender(id, weights.views());
  report("staging without transport: copy, checksum, finite", bytes, [&] {
    WeightReceiver receiver(specs, {});
    receiver.begin(sender.manifest(0));
    for (std::size_t i = 0; i < sender.num_chunks(); ++i) receiver.add(sender.chunk(i));
    receiver.commit(1);
  });
  for (const bool shared : {true, false}) {
    for (const int count : {1, 2}) bench_publish(weights, specs, bytes, count, shared);
  }
}

}  // namespace
}  // namespace hone

int main(int argc, char** argv) {
  const long mib = argc > 1 ? std::atol(argv[1]) : 512;
  if (mib < 24 || mib > 65536) {
    std::fprintf(stderr, "usage: bench_weights [MIB]   (24 to 65536)\n");
    return 2;
  }
  try {
    hone::set_log_level(hone::LogLevel::warning);
    hone::run(static_cast<std::size_t>(mib));
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
  return 0;
}
