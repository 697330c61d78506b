// A helper that does what its request says, the bad things too. One request a line: "echo TEXT", "abort", "exit N", "hang",
// "flood", "two", "late", "garbage", "closed", "errors N", "say TEXT", "env NAME", "descriptors", "group", "child", "sigpipe",
// "size".
#include <dirent.h>
#include <signal.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <string>

namespace {

[[noreturn]] void hang() {
  for (;;) pause();
}

[[noreturn]] void flood() {
  const std::string block(1 << 16, 'x');
  for (;;) std::cout << block << std::flush;
}

int open_descriptors() {
  int count = 0;
  DIR* folder = opendir("/proc/self/fd");
  while (readdir(folder)) ++count;
  closedir(folder);
  return count - 3;  // ".", "..", the folder itself
}

/// A grandchild in the same group that would live for ever and hold the pipes open.
int child() {
  const pid_t pid = fork();
  if (pid == 0) hang();
  return pid;
}

std::string answer(const std::string& verb, const std::string& rest) {
  if (verb == "echo") return rest;
  if (verb == "abort") std::abort();
  if (verb == "exit") _exit(std::atoi(rest.c_str()));
  if (verb == "hang") hang();
  if (verb == "flood") flood();
  if (verb == "two") return "one\ntwo";
  if (verb == "garbage") return std::string("\0\xFF\x01 garbage", 11);
  if (verb == "closed") {
    close(STDOUT_FILENO);
    hang();
  }
  if (verb == "errors") {
    for (int i = std::atoi(rest.c_str()); i > 0; i -= 10) std::cerr << "123456789\n";
    return "done";
  }
  if (verb == "say") {
    std::cerr << rest << "\n";
    return "said";
  }
  if (verb == "env") {
    const char* value = std::getenv(rest.c_str());
    return value ? value : "(unset)";
  }
  if (verb == "descriptors") return std::to_string(open_descriptors());
  if (verb == "group") return std::to_string(getpid()) + " " + std::to_string(getpgrp());
  if (verb == "child") return std::to_string(child());
  if (verb == "sigpipe") {
    struct sigaction action {};
    sigaction(SIGPIPE, nullptr, &action);
    return action.sa_handler == SIG_DFL ? "default" : "changed";
  }
  if (verb == "size") return std::to_string(rest.size());
  return "unknown verb";
}

}  // namespace

int main(int argc, char** argv) {
  if (argc > 1 && std::string(argv[1]) == "early") std::cout << "I know already" << std::endl;
  if (argc > 1 && std::string(argv[1]) == "deaf") {
    close(STDIN_FILENO);
    hang();
  }
  for (std::string line; std::getline(std::cin, line);) {
    const std::size_t space = line.find(' ');
    const std::string verb = line.substr(0, space);
    std::cout << answer(verb, space == std::string::npos ? "" : line.substr(space + 1)) << std::endl;
    if (verb == "late") std::cout << "late line" << std::endl;  // a second line, that nobody waits for
  }
}
