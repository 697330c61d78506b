#include "rl/compare/runner.h"

#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <fstream>

#include "proto/base/digest.h"
#include "proto/base/error.h"
#include "proto/base/file.h"
#include "proto/base/json.h"
#include "proto/base/log.h"
#include "rewards/process/spawn.h"

namespace hone {
namespace {

namespace fs = std::filesystem;

constexpr int kLookForStopMs = 200;
constexpr std::size_t kShownLogLines = 15;

/// Appends what is there to `log` and cuts complete lines off `rest`; false at the end of the stream.
bool drain(const FileDescriptor& fd, std::ofstream& log, std::string& rest, const std::function<void(const std::string&)>& on_line) {
  std::array<char, 4096> buffer{};
  for (;;) {
    const ssize_t count = read(fd.get(), buffer.data(), buffer.size());
    if (count == 0) return false;
    if (count < 0) return errno == EAGAIN || errno == EINTR;
    log.write(buffer.data(), count).flush();
    rest.append(buffer.data(), static_cast<std::size_t>(count));
    for (std::size_t end = rest.find('\n'); end != std::string::npos; end = rest.find('\n')) {
      if (on_line) on_line(rest.substr(0, end));
      rest.erase(0, end + 1);
    }
  }
}

std::string last_lines(const fs::path& file) {
  const std::string text = read_file(file);
  std::size_t begin = text.size();
  for (std::size_t lines = 0; begin > 0 && lines <= kShownLogLines; --begin)
    if (text[begin - 1] == '\n' && ++lines > kShownLogLines) break;
  return text.substr(begin);
}

fs::path beside(const fs::path& folder, const char* suffix) { return folder.parent_path() / (folder.filename().string() + suffix); }

/// A complete run is never resumed, and its optimizer state is twice its weights.
void drop_checkpoints(const CompareStage& stage) { fs::remove_all(stage.folder / "checkpoints"); }

/// The child's progress on one line that redraws, on a terminal.
class StatusLine {
 public:
  explicit StatusLine(std::string prefix) : prefix_(std::move(prefix)), terminal_(isatty(2) != 0) {}
  ~StatusLine() {
    if (open_) std::fprintf(stderr, "\r\033[K");
  }
  void show(const std::string& line) {
    if (!terminal_) return;
    open_ = true;
    std::fprintf(stderr, "\r\033[K%s  %.120s", prefix_.c_str(), line.c_str());
    std::fflush(stderr);
  }

 private:
  std::string prefix_;
  bool terminal_;
  bool open_ = false;
};

}  // namespace

int run_child(const std::vector<std::string>& arguments, const fs::path& log_file, const std::function<void(const std::string&)>& on_line,
              const std::atomic<bool>& stop) {
  std::ofstream log(log_file, std::ios::app | std::ios::binary);
  if (!log) throw Error(ErrorCode::resource_exhausted, log_file.string() + ": cannot be written");
  SpawnOptions options;
  options.program = fs::read_symlink("/proc/self/exe").string();
  options.argv = {options.program};
  options.argv.insert(options.argv.end(), arguments.begin(), arguments.end());
  options.environment = environment_with({});
  ChildProcess child = spawn_child(options);
  child.input.reset();
  std::string output_rest, error_rest;
  bool output_open = true, error_open = true, told = false;
  while (output_open || error_open) {
    std::array<pollfd, 2> waits{{{output_open ? child.output.get() : -1, POLLIN, 0}, {error_open ? child.error.get() : -1, POLLIN, 0}}};
    poll(waits.data(), waits.size(), kLookForStopMs);
    if (output_open && waits[0].revents != 0) output_open = drain(child.output, log, output_rest, {});
    if (error_open && waits[1].revents != 0) error_open = drain(child.error, log, error_rest, on_line);
    if (stop && !told) {
      kill(child.pid, SIGTERM);
      told = true;
    }
  }
  int status = 0;
  while (waitpid(child.pid, &status, 0) < 0 && errno == EINTR) {
  }
  return status;
}

void check_fingerprint(const fs::path& file, const std::string& fingerprint, const std::string& what) {
  fs::create_directories(file.parent_path());
  if (!fs::exists(file)) return write_file_atomic(file, fingerprint + "\n");
  if (read_file(file) == fingerprint + "\n") return;
  throw Error(ErrorCode::failed_precondition, file.string() + ": " + what + " was made with other settings; choose another output_dir, or delete it with this file");
}

bool is_complete(const CompareStage& stage) { return fs::exists(stage.folder / "cost.json"); }

RunCost stage_cost(const fs::path& folder) {
  const fs::path file = folder / "cost.json";
  try {
    return run_cost_from_json(read_json_file(file).at("cost"));
  } catch (const Json::exception& e) {
    throw Error(ErrorCode::data_loss, file.string() + ": not a cost: " + e.what());
  }
}

RunCost arm_cost(const CompareConfig& config, const ArmConfig& arm, int64_t seed) {
  RunCost cost;
  if (arm.kind == ArmKind::prompt) return cost;
  cost = stage_cost(arm_folder(config, arm, seed));
  if (arm.kind == ArmKind::rejection_sft) cost += stage_cost(samples_folder(config, arm, seed));
  return cost;
}

std::vector<std::string> CompareRunner::budget(const CompareStage& stage) const {
  if (!stage.arm || stage.samples) return {};
  const ArmConfig& arm = config_.arms[*stage.arm];
  const Currency currency = config_.budget_currency();
  double amount = 0.0;
  if (config_.amount) amount = *config_.amount;
  else if (config_.same_as.empty() || config_.same_as == arm.name) return {};
  else
    for (const ArmConfig& other : config_.arms)
      if (other.name == config_.same_as) amount = amount_of(arm_cost(config_, other, stage.seed), currency, config_.cost);
  if (arm.kind == ArmKind::rejection_sft) {
    const double spent = amount_of(stage_cost(samples_folder(config_, arm, stage.seed)), currency, config_.cost);
    if (spent >= amount)
      throw Error(ErrorCode::failed_precondition, join(stage.title, ": its samples alone cost ", spent, " of ", amount, " ", to_string(currency),
                                                       "; lower rejection.limit or rejection.num_generations"));
    amount -= spent;
  }
  return {"--set", "run.budget." + std::string(to_string(currency)) + "=" + Json(amount).dump()};
}

void CompareRunner::run_stage(const CompareStage& stage, std::size_t number, std::size_t count) {
  std::vector<std::string> arguments = stage.arguments;
  for (const std::string& a : budget(stage)) arguments.push_back(a);
  Json fingerprint = {{"arguments", arguments}, {"config", stage.config.empty() ? "" : digest128_hex(read_file(stage.config))}};
  check_fingerprint(beside(stage.folder, ".stage.json"), fingerprint.dump(2), stage.title);
  if (is_complete(stage)) return drop_checkpoints(stage);
  fs::create_directories(stage.folder);
  if (!stage.samples) arguments.push_back("--resume");
  const std::string place = join("[", number, "/", count, "] ", stage.title);
  log_info(place);
  const fs::path log = beside(stage.folder, ".log");
  StatusLine status_line(place);
  const int status = run_child(arguments, log, [&](const std::string& line) { status_line.show(line); }, stop_);
  if (stop_) throw Error(ErrorCode::cancelled, "stopped during " + stage.title + "; run the same command again to go on");
  const bool refused = WIFEXITED(status) && WEXITSTATUS(status) == 2;
  if (status != 0 || !is_complete(stage))
    throw Error(refused ? ErrorCode::failed_precondition : ErrorCode::internal, stage.title + ": hone " + arguments.front() + " " + describe_exit(status) + "; the end of " + log.string() + ":\n" + last_lines(log));
  drop_checkpoints(stage);
}

void CompareRunner::run(const std::vector<CompareStage>& stages) {
  for (std::size_t i = 0; i < stages.size(); ++i) {
    if (stop_) throw Error(ErrorCode::cancelled, "stopped; run the same command again to go on");
    run_stage(stages[i], i + 1, stages.size());
  }
}

}  // namespace hone
