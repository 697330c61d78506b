// The system-call filter of a jail, as a BPF program made by libseccomp: an allow-list.
//   - what programs, compilers and interpreters need is allowed, some calls only with harmless arguments;
//   - calls whose only use in a jail is to attack it end the process (SIGSYS, verdict "security"): namespaces, mounts,
//     ptrace, sockets, keys, io_uring, bpf, modules, clocks...;
//   - everything else does not exist (ENOSYS), and a call of another architecture ends the process.
#pragma once

#include <string>

namespace hone {

/// The program's bytes (struct sock_filter[]). Throws unavailable when libseccomp does not know this architecture.
std::string make_seccomp_filter();

}  // namespace hone
