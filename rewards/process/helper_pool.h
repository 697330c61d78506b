// Helpers of one kind for many threads: as many processes as `size`, each started when it is first needed.
// Thread rule: any number of threads; a request waits while all helpers are at work.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string_view>
#include <vector>

#include "rewards/process/helper_process.h"

namespace hone {

class HelperPool {
 public:
  /// `size` = most processes, at least 1. Throws not_found where there is no such program.
  HelperPool(const HelperOptions& options, int size);
  HelperPool(const HelperPool&) = delete;
  HelperPool& operator=(const HelperPool&) = delete;

  /// As HelperProcess::request, on the helper that was free last (its caches are warm). The deadline counts from when it is
  /// handed the line.
  HelperReply request(std::string_view line, const AcceptReply& accept = {});
  HelperReply request(std::string_view line, std::chrono::milliseconds deadline, const AcceptReply& accept = {});

  /// As HelperProcess::check, on one helper.
  HelperReply check();

  int size() const { return static_cast<int>(helpers_.size()); }
  /// Processes started so far, replacements included.
  int starts();

 private:
  class Loan;

  std::chrono::milliseconds deadline_;
  std::vector<std::unique_ptr<HelperProcess>> helpers_;
  std::mutex mutex_;
  std::condition_variable returned_;
  std::vector<HelperProcess*> free_;
  int starts_ = 0;
};

}  // namespace hone
