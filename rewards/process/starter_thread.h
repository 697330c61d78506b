// One thread that starts all child processes. The kernel sends a child's death signal when the thread that made it ends, so
// this one lives until the program does; it has all signals blocked, as the moment between vfork and exec demands.
// Thread rule: any thread may call.
#pragma once

#include <functional>

namespace hone {

/// Runs `body` on the thread and returns when it is done. `body` must not throw and must not call this function.
void run_on_starter_thread(const std::function<void()>& body);

}  // namespace hone
