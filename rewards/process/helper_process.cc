#include "rewards/process/helper_process.h"

#include <poll.h>
#include <pthread.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <ctime>
#include <utility>

#include "proto/base/error.h"
#include "proto/base/log.h"
#include "rewards/text.h"

namespace hone {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t kReadBytes = 64 << 10;
constexpr std::size_t kMaxLogLine = 500;
constexpr int kLastErrorReads = 16;  // a grandchild that got away may write for ever
constexpr int kStopMs = 100;
constexpr int kOwnEndMs = 200;  // for a helper that has closed its output: its exit status is worth waiting for

/// A write to a helper that has died must not kill this program: SIGPIPE is held back in this thread and taken away. Other
/// threads and the program's own handling of SIGPIPE are not touched.
class SigpipeHeld {
 public:
  SigpipeHeld() {
    sigemptyset(&pipe_);
    sigaddset(&pipe_, SIGPIPE);
    sigset_t pending;
    sigpending(&pending);
    was_pending_ = sigismember(&pending, SIGPIPE) == 1;
    pthread_sigmask(SIG_BLOCK, &pipe_, &before_);
  }
  ~SigpipeHeld() {
    const timespec at_once{};
    if (!was_pending_) sigtimedwait(&pipe_, nullptr, &at_once);
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }
  SigpipeHeld(const SigpipeHeld&) = delete;
  SigpipeHeld& operator=(const SigpipeHeld&) = delete;

 private:
  sigset_t pipe_;
  sigset_t before_;
  bool was_pending_;
};

int poll_timeout(std::chrono::steady_clock::time_point deadline) {
  const auto left = std::chrono::ceil<milliseconds>(deadline - std::chrono::steady_clock::now()).count();
  return static_cast<int>(std::clamp<int64_t>(left, 0, 1 << 30));
}

}  // namespace

std::string_view to_string(HelperStatus status) {
  static constexpr std::array<std::string_view, 6> kNames{"ok", "crashed", "hung", "overlong", "garbled", "absent"};
  return kNames.at(static_cast<std::size_t>(status));
}

HelperProcess::HelperProcess(HelperOptions options) : options_(std::move(options)) {
  HONE_CHECK(!options_.argv.empty(), "a helper needs argv[0]");
  program_ = find_program(options_.argv[0]);
  environment_ = options_.inherit_environment ? environment_with(options_.environment) : options_.environment;
}

HelperProcess::~HelperProcess() { stop(); }

HelperReply HelperProcess::request(std::string_view line, const AcceptReply& accept) {
  return request(line, options_.deadline, accept);
}

HelperReply HelperProcess::request(std::string_view line, milliseconds deadline, const AcceptReply& accept) {
  if (line.find('\n') != std::string_view::npos)
    throw Error(ErrorCode::invalid_argument, options_.name + ": a request to a helper must be one line");
  if (child_ && out_of_step()) stop();
  if (!child_) {
    if (std::optional<HelperReply> failure = start()) return *std::move(failure);
    if (options_.hello.empty()) deadline += options_.start_allowance;
  }
  if (std::optional<HelperReply> failure = exchange(line, Clock::now() + deadline)) return *std::move(failure);
  received_.pop_back();
  if (accept && !accept(received_))
    return fail(HelperStatus::garbled, "wrote what is not an answer: " + excerpt(received_, kMaxLogLine));
  return {HelperStatus::ok, std::exchange(received_, {})};
}

/// Whether the idle helper has ended, or has said something that nobody asked for.
bool HelperProcess::out_of_step() {
  std::string stray;
  const Read read = read_some(child_->output, stray);
  if (read == Read::nothing) return false;
  log_warning(options_.name, ": the helper ",
              read == Read::end ? "ended between requests" : "wrote without a request: ", excerpt(stray, kMaxLogLine),
              "; starting it anew");
  return true;
}

std::optional<HelperReply> HelperProcess::start() {
  received_.clear();
  errors_.clear();
  last_error_.clear();
  logged_ = 0;
  try {
    child_ = spawn_child({program_, options_.argv, environment_});
  } catch (const Error& e) {
    return HelperReply{HelperStatus::absent, options_.name + ": " + e.what()};
  }
  ++starts_;
  if (options_.hello.empty()) return std::nullopt;
  if (std::optional<HelperReply> failure = exchange(options_.hello, Clock::now() + options_.start_allowance))
    return failure;
  received_.pop_back();
  hello_reply_ = std::exchange(received_, {});
  return std::nullopt;
}

HelperReply HelperProcess::check() {
  if (!child_)
    if (std::optional<HelperReply> failure = start()) return *std::move(failure);
  return {HelperStatus::ok, hello_reply_};
}

/// Sends the line and reads until received_ is the answer with its end of line, or gives the failure.
std::optional<HelperReply> HelperProcess::exchange(std::string_view line, Clock::time_point deadline) {
  const std::string request = std::string(line) + "\n";
  std::string_view rest = request;
  bool refused = false;
  for (;;) {
    // Where it takes no more input, it has ended or closed it: its output tells which.
    if (!rest.empty() && !refused) refused = !write_some(rest);
    std::array<pollfd, 3> fds{pollfd{child_->output.get(), POLLIN, 0}, pollfd{child_->error.get(), POLLIN, 0},
                              pollfd{rest.empty() || refused ? -1 : child_->input.get(), POLLOUT, 0}};
    const int ready = poll(fds.data(), fds.size(), poll_timeout(deadline));
    if (ready < 0 && errno != EINTR) return fail(HelperStatus::crashed, "poll failed");
    if (fds[1].revents != 0) read_errors();
    if (fds[0].revents != 0) {
      const Read read = read_some(child_->output, received_);
      if (read == Read::end) return fail(HelperStatus::crashed, "");
      const std::size_t end = received_.find('\n');
      if (end != std::string::npos) {
        if (end + 1 != received_.size()) return fail(HelperStatus::garbled, "wrote more than one line for one request");
        if (!rest.empty()) return fail(HelperStatus::garbled, "answered before it had read the whole request");
        return std::nullopt;
      }
      if (received_.size() > options_.max_reply_bytes)
        return fail(HelperStatus::overlong,
                    "wrote more than " + std::to_string(options_.max_reply_bytes) + " bytes without an end of line");
    }
    if (Clock::now() >= deadline) return fail(HelperStatus::hung, "gave no answer in time");
  }
}

/// False where the helper takes no more input.
bool HelperProcess::write_some(std::string_view& rest) {
  const SigpipeHeld held;
  while (!rest.empty()) {
    const ssize_t count = write(child_->input.get(), rest.data(), rest.size());
    if (count > 0)
      rest.remove_prefix(static_cast<std::size_t>(count));
    else if (errno != EINTR)
      return errno == EAGAIN;
  }
  return true;
}

/// At most one buffer, so that a helper that never stops writing meets the deadline and the limit.
HelperProcess::Read HelperProcess::read_some(const FileDescriptor& fd, std::string& into) {
  std::array<char, kReadBytes> buffer;
  const ssize_t count = read(fd.get(), buffer.data(), buffer.size());
  if (count < 0) return errno == EAGAIN || errno == EINTR ? Read::nothing : Read::end;
  into.append(buffer.data(), static_cast<std::size_t>(count));
  return count == 0 ? Read::end : Read::some;
}

void HelperProcess::read_errors() {
  if (read_some(child_->error, errors_) == Read::end) child_->error.reset();
  log_errors(false);
}

/// Logs the whole lines of errors_, and with `all` the rest too.
void HelperProcess::log_errors(bool all) {
  std::size_t begin = 0;
  const auto log_line = [&](std::string_view line) {
    if (!trim(line).empty()) last_error_ = excerpt(line, kMaxLogLine);
    if (logged_ > options_.max_logged_bytes) return;
    logged_ += line.size() + 1;
    if (logged_ > options_.max_logged_bytes)
      log_warning(options_.name, ": the helper's further messages are not logged (more than ",
                  options_.max_logged_bytes, " bytes)");
    else
      log_info(options_.name, ": ", excerpt(line, kMaxLogLine));
  };
  for (std::size_t end; (end = errors_.find('\n', begin)) != std::string::npos; begin = end + 1)
    log_line(std::string_view(errors_).substr(begin, end - begin));
  errors_.erase(0, begin);
  if (all || errors_.size() > kReadBytes) {  // the second: a line that never ends
    if (!errors_.empty()) log_line(errors_);
    errors_.clear();
  }
}

HelperReply HelperProcess::fail(HelperStatus status, const std::string& what) {
  const int exit_status = kill_and_reap(child_->pid, status == HelperStatus::crashed ? kOwnEndMs : 0);
  for (int i = 0; i < kLastErrorReads && read_some(child_->error, errors_) == Read::some; ++i) log_errors(false);
  log_errors(true);
  child_.reset();
  received_.clear();
  const std::string reason = status == HelperStatus::crashed && what.empty() ? describe_exit(exit_status) : what;
  return {status,
          options_.name + ": the helper " + reason + (last_error_.empty() ? "" : "; its last message: " + last_error_)};
}

void HelperProcess::stop() {
  if (!child_) return;
  child_->input.reset();
  kill_and_reap(child_->pid, kStopMs);
  child_.reset();
}

}  // namespace hone
