// Memory of this process as the system sees it. Thread rule: any thread.
#pragma once

#include <cstdint>

namespace hone {

/// Largest resident memory so far.
int64_t peak_memory_bytes();

/// Lets the allocator keep freed memory for the next allocations, tens of megabytes at a time, rather than give it back and fault it in
/// again: for programs that allocate and free the same large buffers over and over. Call it once, early.
void keep_freed_memory();

/// Gives back to the system what has been freed but is still held for later allocations: worth it between phases of a run that use much
/// memory for different things. Costs the page faults of what is allocated again, so that less than 64 MiB is kept.
void release_free_memory();

}  // namespace hone
