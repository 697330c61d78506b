// A helper program that answers lines: one line in, one line out, over pipes. It may crash, hang, babble or fill memory with
// its answer: the caller gets a status, the helper and all it started are killed, and the next request starts a new one.
//
//   HelperProcess helper({.name = "ginac", .argv = {helper_path("hone-ginac")}, .deadline = 50ms});
//   const HelperReply reply = helper.request("equal x+1 1+x");
//   if (reply.status == HelperStatus::ok) use(reply.text);
//
// What a helper has to do: read a line of its standard input, write one line to its standard output and flush it, again until
// end of file. It gets the next line only after it has answered. Standard error goes to the log, line by line, under the
// helper's name. The deadline is kept with poll: no signals, no timers, any number of threads.
//
// Thread rule: one caller at a time (HelperPool serves many threads).
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rewards/process/spawn.h"

namespace hone {

struct HelperOptions {
  std::string name;                      // in messages and the log
  std::vector<std::string> argv;         // argv[0]: a path, or a name that PATH knows
  std::vector<std::string> environment;  // "NAME=value", laid over ours
  bool inherit_environment = true;       // false: `environment` is all there is
  std::string hello;                     // first line for each new process, answered before any request; "" = none
  std::chrono::milliseconds deadline{10'000};  // of one request
  std::chrono::milliseconds start_allowance{
      10'000};  // for the answer to `hello`; without one, more time for the first request
  std::size_t max_reply_bytes = std::size_t{16} << 20;   // of one line
  std::size_t max_logged_bytes = std::size_t{64} << 10;  // of standard error, for each process
};

enum class HelperStatus {
  ok,
  crashed,   // it ended without an answer
  hung,      // no answer within the deadline
  overlong,  // more than max_reply_bytes without an end of line
  garbled,   // more than one line, an answer before the whole request was read, or one that the caller refuses
  absent,    // it could not be started
};
std::string_view to_string(HelperStatus status);

struct HelperReply {
  HelperStatus status = HelperStatus::ok;
  std::string text;  // the line without its end; or why there is none, with the last line of standard error
};

using AcceptReply = std::function<bool(std::string_view reply)>;

class HelperProcess {
 public:
  /// Looks the program up, starts nothing. Throws not_found where there is no such program.
  explicit HelperProcess(HelperOptions options);
  ~HelperProcess();
  HelperProcess(const HelperProcess&) = delete;
  HelperProcess& operator=(const HelperProcess&) = delete;

  /// `line` must not contain '\n' (throws invalid_argument); otherwise does not throw for what a helper does. Starts the
  /// helper where none runs. A reply that `accept` refuses is garbled: a protocol that numbers its requests can so tell a
  /// late line from the answer.
  HelperReply request(std::string_view line, const AcceptReply& accept = {});
  /// The same with a deadline of its own instead of that of the options.
  HelperReply request(std::string_view line, std::chrono::milliseconds deadline, const AcceptReply& accept = {});

  /// Starts a helper where none runs and gives its answer to `hello`, or why there is none.
  HelperReply check();
  /// End of file for the helper, and a moment to end by itself; then it is killed. A later request starts a new one.
  void stop();
  /// 0 where none runs.
  pid_t pid() const { return child_ ? child_->pid : 0; }
  /// Helpers started so far.
  int starts() const { return starts_; }

 private:
  using Clock = std::chrono::steady_clock;

  bool out_of_step();
  std::optional<HelperReply> start();
  std::optional<HelperReply> exchange(std::string_view line, Clock::time_point deadline);
  bool write_some(std::string_view& rest);
  enum class Read { nothing, some, end };
  Read read_some(const FileDescriptor& fd, std::string& into);
  void read_errors();
  void log_errors(bool all);
  HelperReply fail(HelperStatus status, const std::string& what);

  HelperOptions options_;
  std::string program_;
  std::vector<std::string> environment_;
  std::optional<ChildProcess> child_;
  int starts_ = 0;
  std::string hello_reply_;
  std::string received_;    // of standard output
  std::string errors_;      // of standard error, not yet logged
  std::string last_error_;  // line
  std::size_t logged_ = 0;  // bytes
};

}  // namespace hone
