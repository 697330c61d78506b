#include "rl/run_folder.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "proto/base/error.h"
#include "proto/base/file.h"
#include "proto/base/json.h"

namespace hone {

RunFolder::RunFolder(const std::filesystem::path& path, bool resume) : path_(path) {
  std::error_code failed;
  std::filesystem::create_directories(path_, failed);
  if (failed) throw Error(ErrorCode::invalid_argument, path_.string() + ": cannot create the run folder: " + failed.message());
  const std::filesystem::path lock = path_ / "LOCK";
  lock_fd_ = ::open(lock.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (lock_fd_ < 0) throw Error(ErrorCode::invalid_argument, lock.string() + ": cannot create: " + std::strerror(errno));
  if (::flock(lock_fd_, LOCK_EX | LOCK_NB) != 0) {
    ::close(lock_fd_);
    throw Error(ErrorCode::failed_precondition, path_.string() + ": another process is working in this run folder");
  }
  const std::filesystem::path metrics = path_ / "metrics.jsonl";
  if (!resume && std::filesystem::exists(metrics) && std::filesystem::file_size(metrics) > 0) {
    ::close(lock_fd_);
    throw Error(ErrorCode::failed_precondition,
                path_.string() + ": already holds a run; continue it with --resume, or choose another run.output_dir");
  }
}

RunFolder::~RunFolder() {
  if (lock_fd_ >= 0) ::close(lock_fd_);
}

void RunFolder::write_config(const OrderedJson& config) {
  write_file_atomic(path_ / "config.json", config.dump(2) + "\n");
}

void RunFolder::open_records(int64_t metrics_bytes, int64_t completions_bytes) {
  metrics_ = std::make_unique<JsonlWriter>(path_ / "metrics.jsonl", metrics_bytes);
  completions_ = std::make_unique<JsonlWriter>(path_ / "completions.jsonl", completions_bytes);
}

}  // namespace hone
