// The folder of a run.
//
//   config.json        the resolved configuration
//   metrics.jsonl      one line a step (TRL's metric names plus timings), evaluation lines with "eval/..." keys
//   completions.jsonl  one line a completion: prompt, text, reward parts, advantage, version
//   run.log            log lines
//   checkpoints/step-000050/   resumable states, complete only with their COMPLETE marker
//   best/, final/      model folders in the Hugging Face layout
//   LOCK               held (flock) while a process works in the folder
//
// Thread rule: one process and thread at a time (the lock enforces the process part).
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "proto/base/jsonl.h"

namespace hone {

class RunFolder {
 public:
  /// Creates or opens and locks the folder. A folder that already holds metrics is refused (failed_precondition) unless `resume`.
  RunFolder(const std::filesystem::path& path, bool resume);
  ~RunFolder();
  RunFolder(const RunFolder&) = delete;
  RunFolder& operator=(const RunFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path checkpoints() const { return path_ / "checkpoints"; }

  void write_config(const nlohmann::ordered_json& config);
  /// Opens the record files; when resuming, cut to the lengths the checkpoint knew.
  void open_records(int64_t metrics_bytes, int64_t completions_bytes);
  JsonlWriter& metrics() { return *metrics_; }
  JsonlWriter& completions() { return *completions_; }

 private:
  std::filesystem::path path_;
  int lock_fd_ = -1;
  std::unique_ptr<JsonlWriter> metrics_;
  std::unique_ptr<JsonlWriter> completions_;
};

}  // namespace hone
