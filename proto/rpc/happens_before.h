// For the thread sanitizer. Debian's gRPC is not built for it, so it does not see that gRPC's locks order what two
// threads do on the two sides of a call: filling in a request before the handler reads it, a handler's end before the
// reactor is deleted. Code that hands data over through gRPC's callback interface says so here; in other builds these
// are empty.
#pragma once

#ifdef __SANITIZE_THREAD__
extern "C" void __tsan_acquire(void* address);
extern "C" void __tsan_release(void* address);
#endif

namespace hone {

#ifdef __SANITIZE_THREAD__
inline char rpc_order_tag;
/// Call before data is handed to gRPC.
inline void before_rpc() { __tsan_release(&rpc_order_tag); }
/// Call when data comes from gRPC.
inline void after_rpc() { __tsan_acquire(&rpc_order_tag); }
#else
inline void before_rpc() {}
inline void after_rpc() {}
#endif

}  // namespace hone
