// Starts a child process with pipes on its standard streams, safely from a program with many threads.
//
// The child
//   - has no descriptor of ours but its three pipes, whoever opened the others and however (close_range);
//   - leads a process group of its own, so that it can be killed with all it started, and Ctrl-C does not reach it;
//   - is killed by the kernel when this program ends, even by kill -9 (PR_SET_PDEATHSIG). That signal comes when the
//     *thread* that started the child ends, so all children are started by one thread that lives as long as the program;
//   - starts with default signal actions and an empty signal mask.
//
// Why neither Boost.Process nor posix_spawn: Boost 1.74 forks the whole address space and opens its pipes without
// close-on-exec, so that children started by two threads at once hold each other's pipes open; posix_spawn cannot set
// the death signal. Here the child shares memory with the starting thread until it has become the other program (vfork),
// which costs the same in a process of any size, and calls async-signal-safe functions only.
//
// Thread rule: any thread.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "rewards/process/file_descriptor.h"

namespace hone {

struct SpawnOptions {
  std::string program;                   // path of the executable, see find_program
  std::vector<std::string> argv;         // argv[0] included
  std::vector<std::string> environment;  // "NAME=value", the whole environment of the child
  bool inherit_output = false;           // it writes to our standard output and error, which must be open
};

/// The pipes' ends on our side are close-on-exec and non-blocking.
struct ChildProcess {
  pid_t pid = -1;
  FileDescriptor input;   // to its standard input
  FileDescriptor output;  // from its standard output; none with inherit_output
  FileDescriptor error;   // from its standard error; none with inherit_output
};

/// Throws resource_exhausted when there is no descriptor, process or memory left, and failed_precondition when the program
/// cannot be executed.
ChildProcess spawn_child(const SpawnOptions& options);

/// Kills the child's whole process group and waits for the child: no zombie is left. Returns the status of waitpid. A child
/// that ends by itself within `grace_ms` is waited for first, so that the status is its own.
/// A grandchild that has left the group (setsid) survives: untrusted programs belong in a sandbox.
int kill_and_reap(pid_t pid, int grace_ms = 0);

/// "exited with status 3", "was killed by signal 11 (Segmentation fault)".
std::string describe_exit(int wait_status);

/// Absolute path of an executable file: `name` itself where it has a slash, else looked up in PATH. Throws not_found.
std::string find_program(const std::string& name);

/// Path of a helper executable of Hone: beside the running program, in the folder above (test programs), in
/// ../libexec/hone from there (installed), or in the folder that HONE_LIBEXEC_DIR names, which goes first. Throws not_found
/// with the folders that were searched.
std::string helper_path(const std::string& name);

/// This program's environment with `changes` ("NAME=value") laid over it.
std::vector<std::string> environment_with(const std::vector<std::string>& changes);

}  // namespace hone
