// Compiles programs in the sandbox and keeps the results: the same sources and command give the same program, once.
// Thread rule: compile() may be called from several threads at once; two that want the same program share one run.
#pragma once

#include <future>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "rewards/code/run_verdict.h"
#include "rewards/code/sandbox.h"

namespace hone {

struct Compilation {
  std::vector<std::string> argv;                           // writes kOutput
  std::vector<std::pair<std::string, std::string>> files;  // name in /box, content
  std::string precompiled_name;                            // a large file beside them that changes time only, "" = none
  std::shared_ptr<const MemoryFile> precompiled;
};

struct Compiled {
  Judgement judgement;  // accepted, compile_error, compile_time, security or internal
  std::shared_ptr<const MemoryFile> program;
  RunUsage usage;
};

class Compiler {
 public:
  static constexpr const char* kOutput = "/tmp/program";

  Compiler(const Sandbox& sandbox, const RunLimits& limits, std::size_t cache_bytes)
      : sandbox_(sandbox), limits_(limits), cache_bytes_(cache_bytes) {}

  /// Internal failures and results that hang on the machine's load (time) are not kept.
  std::shared_ptr<const Compiled> compile(const Compilation& compilation);
  uint64_t hits() const { return hits_; }
  uint64_t misses() const { return misses_; }

 private:
  struct Entry {
    std::shared_future<std::shared_ptr<const Compiled>> result;
    std::size_t bytes = 0;
    std::list<std::string>::iterator place;  // in order_
  };
  std::shared_ptr<const Compiled> run(const Compilation& compilation) const;
  void forget(const std::string& key);
  void account(const std::string& key, std::size_t bytes);

  const Sandbox& sandbox_;
  RunLimits limits_;
  std::size_t cache_bytes_;
  std::mutex mutex_;
  std::unordered_map<std::string, Entry> entries_;  // by digest, see key_of()
  std::list<std::string> order_;                    // least recently used first
  std::size_t used_bytes_ = 0;
  uint64_t hits_ = 0, misses_ = 0;
};

}  // namespace hone
