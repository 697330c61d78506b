#include "rl/cli/cli.h"

#include <csignal>
#include <cstdlib>
#include <iostream>
#include <new>
#include <string>
#include <unistd.h>
#include <vector>

#include "policy/kernels/simd_targets.h"
#include "proto/base/error.h"
#include "proto/base/suggest.h"

namespace hone {
namespace {

std::atomic<bool> g_stop{false};
static_assert(std::atomic<bool>::is_always_lock_free);

/// Names a first word that is no command, with the nearest one: the parser itself says only that a command is missing.
void require_known_commands(const CLI::App& app, int argc, char** argv) {
  const CLI::App* level = &app;
  std::string path = app.get_name();
  for (int i = 1; i < argc && argv[i][0] != '-' && level->get_require_subcommand_min() > 0; ++i) {
    const CLI::App* chosen = nullptr;
    std::vector<std::string> names;
    for (const CLI::App* command : level->get_subcommands([](const CLI::App*) { return true; })) {
      names.push_back(command->get_name());
      if (names.back() == argv[i]) chosen = command;
    }
    if (chosen == nullptr)
      throw Error(ErrorCode::invalid_argument, "no command '" + std::string(argv[i]) + "'" + suggestion(argv[i], names) + " (see " + path + " --help)");
    level = chosen;
    path += " " + level->get_name();
  }
}

extern "C" void on_stop_signal(int) {
  if (g_stop.exchange(true)) _exit(130);
}

}  // namespace

const std::atomic<bool>& stop_requested() { return g_stop; }

void install_stop_signals() {
  struct sigaction act {};
  act.sa_handler = on_stop_signal;
  sigemptyset(&act.sa_mask);
  sigaction(SIGINT, &act, nullptr);
  sigaction(SIGTERM, &act, nullptr);
}

int run_command_line(CLI::App& app, const Action& action, int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  try {
    require_known_commands(app, argc, argv);
    app.parse(argc, argv);
  } catch (const Error& e) {
    std::cerr << "hone: " << e.what() << "\n";
    return exit_code(e.code());
  } catch (const CLI::ParseError& e) {
    if (e.get_exit_code() == 0) return app.exit(e);
    std::string command = app.get_name();
    for (const CLI::App* chosen : app.get_subcommands()) command += " " + chosen->get_name();
    std::cerr << "hone: " << e.what() << " (see " << command << " --help)\n";
    return 2;
  }
  try {
    limit_simd_target_by_environment();
    const int status = action ? action() : 0;
    std::cout.flush();
    return status;
  } catch (const Error& e) {
    std::cout.flush();
    std::cerr << "hone: " << e.what() << "\n";
    return exit_code(e.code());
  } catch (const std::bad_alloc&) {
    std::cerr << "hone: out of memory\n";
    return 1;
  } catch (const std::exception& e) {
    std::cerr << "hone: " << e.what() << "\n";
    return 1;
  }
}

}  // namespace hone
