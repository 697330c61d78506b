// A server program as a process of its own: killed, stopped and waited for like a real one.
// Thread rule: start it from the main thread (the process dies with the thread that started it).
#pragma once

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace hone::testing {

class ServerProcess {
 public:
  explicit ServerProcess(std::vector<std::string> command) : errors_(std::tmpfile()) {
    int in[2], out[2];
    if (errors_ == nullptr || ::pipe2(in, O_CLOEXEC) != 0 || ::pipe2(out, O_CLOEXEC) != 0)
      throw std::runtime_error("no pipes for " + command.at(0));
    std::vector<char*> argv;
    for (std::string& part : command) argv.push_back(part.data());
    argv.push_back(nullptr);
    pid_ = ::fork();
    if (pid_ < 0) throw std::runtime_error("cannot start " + command[0]);
    if (pid_ == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      ::dup2(in[0], 0);
      ::dup2(out[1], 1);
      ::dup2(::fileno(errors_), 2);
      ::execv(argv[0], argv.data());
      ::_exit(127);
    }
    ::close(in[0]);
    ::close(out[1]);
    to_child_ = in[1];
    from_child_ = out[0];
  }
  ServerProcess(ServerProcess&& other) noexcept
      : errors_(std::exchange(other.errors_, nullptr)),
        pid_(std::exchange(other.pid_, -1)),
        to_child_(std::exchange(other.to_child_, -1)),
        from_child_(std::exchange(other.from_child_, -1)),
        buffer_(std::move(other.buffer_)) {}
  ServerProcess& operator=(ServerProcess&&) = delete;
  ~ServerProcess() {
    if (pid_ > 0) {
      signal(SIGKILL);
      wait();
    }
    if (to_child_ >= 0) ::close(to_child_);
    if (from_child_ >= 0) ::close(from_child_);
    if (errors_ != nullptr) std::fclose(errors_);
  }

  /// The next line of its standard output; throws with its log when it has ended or says nothing for a minute.
  std::string read_line() {
    for (;;) {
      if (const std::size_t end = buffer_.find('\n'); end != std::string::npos) {
        std::string line = buffer_.substr(0, end);
        buffer_.erase(0, end + 1);
        return line;
      }
      pollfd ready{from_child_, POLLIN, 0};
      char part[512];
      const ssize_t n = ::poll(&ready, 1, 60'000) == 1 ? ::read(from_child_, part, sizeof part) : 0;
      if (n <= 0) throw std::runtime_error("a server process said nothing; its log:\n" + log());
      buffer_.append(part, static_cast<std::size_t>(n));
    }
  }
  /// What follows `prefix` on the next line.
  std::string read_after(const std::string& prefix) {
    const std::string line = read_line();
    if (line.rfind(prefix, 0) != 0)
      throw std::runtime_error("expected '" + prefix + "', found '" + line + "'\n" + log());
    return line.substr(prefix.size());
  }
  std::string read_address() { return read_after("listening on "); }

  void write_line(const std::string& line) {
    const std::string text = line + "\n";
    if (::write(to_child_, text.data(), text.size()) != static_cast<ssize_t>(text.size()))
      throw std::runtime_error("a server process does not read");
  }
  void signal(int number) { ::kill(pid_, number); }
  /// Exit status, or 128 + the signal that ended it.
  int wait() {
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    pid_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }
  /// Its standard error so far.
  std::string log() const {
    std::string text(1 << 20, '\0');
    const ssize_t n = ::pread(::fileno(errors_), text.data(), text.size(), 0);
    text.resize(n > 0 ? static_cast<std::size_t>(n) : 0);
    return text;
  }

 private:
  std::FILE* errors_ = nullptr;
  pid_t pid_ = -1;
  int to_child_ = -1;
  int from_child_ = -1;
  std::string buffer_;
};

}  // namespace hone::testing
