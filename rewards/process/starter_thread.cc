#include "rewards/process/starter_thread.h"

#include <pthread.h>

#include <condition_variable>
#include <csignal>
#include <deque>
#include <mutex>
#include <thread>

namespace hone {
namespace {

class AllSignalsBlocked {
 public:
  AllSignalsBlocked() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~AllSignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  AllSignalsBlocked(const AllSignalsBlocked&) = delete;
  AllSignalsBlocked& operator=(const AllSignalsBlocked&) = delete;

 private:
  sigset_t before_;
};

class Starter {
 public:
  Starter() {
    const AllSignalsBlocked blocked;  // before the thread is made, so that it never runs a handler of this program
    std::thread([this] { work(); }).detach();
  }

  void run(const std::function<void()>& body) {
    Task task{&body, false};
    std::unique_lock lock(mutex_);
    tasks_.push_back(&task);
    wake_.notify_one();
    done_.wait(lock, [&] { return task.done; });
  }

 private:
  struct Task {
    const std::function<void()>* body;
    bool done;
  };

  void work() {
    std::unique_lock lock(mutex_);
    for (;;) {
      wake_.wait(lock, [this] { return !tasks_.empty(); });
      Task& task = *tasks_.front();
      tasks_.pop_front();
      lock.unlock();
      (*task.body)();
      lock.lock();
      task.done = true;
      done_.notify_all();
    }
  }

  std::mutex mutex_;
  std::condition_variable wake_;
  std::condition_variable done_;
  std::deque<Task*> tasks_;
};

}  // namespace

void run_on_starter_thread(const std::function<void()>& body) {
  static Starter& starter = *new Starter;  // never destroyed: its thread ends with the program
  starter.run(body);
}

}  // namespace hone
