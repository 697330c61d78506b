#include "rewards/process/helper_pool.h"

#include "proto/base/error.h"

namespace hone {

class HelperPool::Loan {
 public:
  explicit Loan(HelperPool& pool) : pool_(pool) {
    std::unique_lock lock(pool_.mutex_);
    pool_.returned_.wait(lock, [this] { return !pool_.free_.empty(); });
    helper_ = pool_.free_.back();
    pool_.free_.pop_back();
    starts_before_ = helper_->starts();
  }
  ~Loan() {
    {
      const std::lock_guard lock(pool_.mutex_);
      pool_.starts_ += helper_->starts() - starts_before_;
      pool_.free_.push_back(helper_);
    }
    pool_.returned_.notify_one();
  }
  Loan(const Loan&) = delete;
  Loan& operator=(const Loan&) = delete;

  HelperProcess& helper() { return *helper_; }

 private:
  HelperPool& pool_;
  HelperProcess* helper_;
  int starts_before_;
};

HelperPool::HelperPool(const HelperOptions& options, int size) : deadline_(options.deadline) {
  HONE_CHECK(size >= 1, "a pool needs at least one helper, not " + std::to_string(size));
  for (int i = 0; i < size; ++i) helpers_.push_back(std::make_unique<HelperProcess>(options));
  for (auto helper = helpers_.rbegin(); helper != helpers_.rend(); ++helper) free_.push_back(helper->get());
}

HelperReply HelperPool::request(std::string_view line, const AcceptReply& accept) {
  return request(line, deadline_, accept);
}

HelperReply HelperPool::request(std::string_view line, std::chrono::milliseconds deadline, const AcceptReply& accept) {
  Loan loan(*this);
  return loan.helper().request(line, deadline, accept);
}

HelperReply HelperPool::check() {
  Loan loan(*this);
  return loan.helper().check();
}

int HelperPool::starts() {
  const std::lock_guard lock(mutex_);
  return starts_;
}

}  // namespace hone
