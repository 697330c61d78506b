// hone rollout-worker, hone reward-server.
#include <unistd.h>

#include <iostream>
#include <memory>

#include "proto/base/error.h"
#include "proto/base/json.h"
#include "proto/base/log.h"
#include "proto/rpc/endpoint.h"
#include "rewards/reward_monitor.h"
#include "rewards/reward_server.h"
#include "rl/cli/cli.h"
#include "rl/cli/loaded_model.h"
#include "rl/config.h"
#include "rl/session.h"
#include "rollout/rollout_server.h"

namespace hone {
namespace {

struct WorkerArguments {
  std::string model, weight_storage = "float32";
  int threads = 0;
  GeneratorOptions generator;
  RolloutServerOptions server;
};

struct RewardServerArguments {
  std::string config, functions;
  RewardServerOptions server;
  SlowSampleOptions slow;
  int max_waiting_mib = 512;
};

void add_address_options(CLI::App* c, std::string& address, TlsFiles& tls) {
  c->add_option("--listen", address, "host:port; port 0 takes a free one, which is printed")->capture_default_str();
  c->add_option("--tls-certificate", tls.certificate, "PEM chain; addresses beyond loopback need mutual TLS");
  c->add_option("--tls-key", tls.key, "PEM private key");
  c->add_option("--tls-ca", tls.ca, "PEM authority that signed the clients");
}

int run_worker(WorkerArguments a) {
  const OpenModel opened = open_model(a.model);
  a.generator.weight_storage = weight_storage_from_string(a.weight_storage);
  const LoadedModel model = load_model(a.model, a.threads, true, a.generator);
  a.server.fingerprint = opened.fingerprint;
  a.server.vocab_size = opened.folder.config.vocab_size;
  a.server.slots = a.generator.max_batch_rows;
  a.server.weight_storage = a.weight_storage;
  const auto engine = make_generator_engine(*model.generator, model.folder.config);
  run_rollout_worker(*engine, a.server, stop_requested(), std::cout);
  return 0;
}

int run_rewards(RewardServerArguments a) {
  std::string functions = a.functions;
  if (functions.empty()) {
    if (a.config.empty()) throw Error(ErrorCode::invalid_argument, "reward-server: give a CONFIG, or --functions JSON");
    functions = load_train_config(a.config, {}).rewards.functions.text;
    if (functions.empty()) throw Error(ErrorCode::invalid_argument, a.config + ": /rewards/functions: required to serve rewards");
  }
  RewardMonitor monitor(a.slow);
  a.server.monitor = &monitor;
  a.server.max_waiting_bytes = static_cast<std::size_t>(a.max_waiting_mib) << 20;
  const auto rewarder = make_local_rewarder(parse_json(functions, "/rewards/functions"), "/rewards/functions", &monitor);
  if (run_reward_server(*rewarder, a.server, stop_requested(), std::cout)) return 0;
  std::cout.flush();
  _exit(1);  // a rule that does not end holds a thread, which destructors would wait for
}

}  // namespace

void add_rollout_worker_command(CLI::App& app, Action& action) {
  auto a = std::make_shared<WorkerArguments>();
  CLI::App* c = app.add_subcommand("rollout-worker", "serve completions of a model over gRPC; a learner sends it weights");
  c->add_option("model", a->model, "model folder (the one that the run starts from)")->required();
  c->add_option("--threads", a->threads, "compute threads; 0 = all cores")->capture_default_str();
  c->add_option("--max-batch-rows", a->generator.max_batch_rows, "completions that are decoded together")->capture_default_str();
  c->add_option("--weight-storage", a->weight_storage, "how matrices are stored: float32, bfloat16 or int8; as the run's rollout.weight_storage")
      ->capture_default_str();
  c->add_option("--run", a->server.run_id, "serve only this run.name; default: the first that sends weights");
  add_address_options(c, a->server.address, a->server.tls);
  c->callback([a, &action] {
    action = [a] {
      install_stop_signals();
      return run_worker(*a);
    };
  });
}

void add_reward_server_command(CLI::App& app, Action& action) {
  auto a = std::make_shared<RewardServerArguments>();
  CLI::App* c = app.add_subcommand("reward-server", "serve reward functions over gRPC");
  c->add_option("config", a->config, "configuration of a run: its rewards.functions are served");
  c->add_option("--functions", a->functions, "the functions as JSON instead: [{\"name\": ..., \"weight\": 1}]");
  c->add_option("--max-concurrent", a->server.max_concurrent, "groups scored at once; 0 = cores")
      ->capture_default_str()
      ->check(CLI::Range(0, 1024));
  c->add_option("--max-waiting", a->server.max_waiting_calls, "groups that may wait; further ones are asked to come back")
      ->capture_default_str()
      ->check(CLI::Range(0, 1 << 20));
  c->add_option("--max-waiting-mib", a->max_waiting_mib, "size of the waiting groups together, in MiB")
      ->capture_default_str()
      ->check(CLI::Range(1, 1 << 20));
  c->add_option("--drain-timeout", a->server.drain_s, "seconds that open calls have to finish after SIGTERM")
      ->capture_default_str()
      ->check(CLI::Range(0.0, 86400.0));
  c->add_option("--metrics", a->server.metrics_address, "host:port of a Prometheus page over HTTP (/metrics); none by default");
  c->add_option("--slow-sample", a->slow.threshold_s, "log a completion that takes a function longer than this, in seconds; 0 = never")
      ->capture_default_str()
      ->check(CLI::Range(0.0, 86400.0));
  c->add_option("--slow-excerpt", a->slow.excerpt_bytes, "bytes of such a completion's text that are shown")
      ->capture_default_str()
      ->check(CLI::Range(0, 1 << 20));
  add_address_options(c, a->server.address, a->server.tls);
  c->callback([a, &action] {
    action = [a] {
      install_stop_signals();
      return run_rewards(*a);
    };
  });
}

}  // namespace hone
