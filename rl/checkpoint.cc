#include "rl/checkpoint.h"

#include <algorithm>
#include <unistd.h>

#include "policy/format/safetensors.h"
#include "proto/base/digest.h"
#include "proto/base/error.h"
#include "proto/base/file.h"
#include "proto/base/format.h"
#include "proto/base/json.h"

namespace hone {
namespace {

namespace fs = std::filesystem;

constexpr const char* kMarker = "COMPLETE";
constexpr const char* kState = "trainer_state.json";
constexpr const char* kCollectedSteps = "collected.json";
constexpr const char* kCollectedRecords = "collected.jsonl";
constexpr const char* kPrefix = "step-";
constexpr const char* kTemporary = ".partial";

OrderedJson monitor_to_json(const RunMonitorState& s) {
  return {{"no_spread_streak", s.no_spread_streak}, {"baseline_steps", s.baseline_steps}, {"baseline_length", s.baseline_length},
          {"baseline_entropy", s.baseline_entropy}, {"reported", s.reported}};
}

RunMonitorState monitor_from_json(const Json& j) {
  return {j.at("no_spread_streak"), j.at("baseline_steps"), j.at("baseline_length"), j.at("baseline_entropy"),
          j.at("reported").get<std::vector<int64_t>>()};
}

std::string collected_digest(const TrainerState& s) {
  return s.collected_steps.empty() ? "" : digest128_hex(s.collected_steps + s.collected_records);
}

OrderedJson state_to_json(const TrainerState& s) {
  OrderedJson j;
  j["step"] = s.step;
  j["optimizer_step"] = s.optimizer_step;
  j["policy_version"] = s.policy_version;
  j["skipped_updates"] = s.skipped_updates;
  j["skipped_in_a_row"] = s.skipped_in_a_row;
  j["num_tokens"] = s.num_tokens;
  j["elapsed_s"] = s.elapsed_s;
  j["cost"] = to_json(s.cost);
  j["problems"] = to_json(s.problems);
  j["monitor"] = monitor_to_json(s.monitor);
  j["evaluated_step"] = s.evaluated_step;
  j["best_value"] = s.best_value ? OrderedJson(*s.best_value) : OrderedJson(nullptr);
  j["best_step"] = s.best_step;
  j["metrics_bytes"] = s.metrics_bytes;
  j["completions_bytes"] = s.completions_bytes;
  j["collected_digest"] = collected_digest(s);
  j["model_fingerprint"] = s.model_fingerprint;
  j["start_weights_digest"] = s.start_weights_digest;
  return j;
}

TrainerState state_from_json(const Json& j, const std::string& source) {
  try {
    TrainerState s;
    s.step = j.at("step");
    s.optimizer_step = j.at("optimizer_step");
    s.policy_version = j.at("policy_version");
    s.skipped_updates = j.at("skipped_updates");
    s.skipped_in_a_row = j.at("skipped_in_a_row");
    s.num_tokens = j.at("num_tokens");
    s.elapsed_s = j.at("elapsed_s");
    if (j.contains("cost")) s.cost = run_cost_from_json(j.at("cost"));  // absent in checkpoints of earlier versions
    s.problems = problem_stream_state_from_json(j.at("problems"));
    s.monitor = monitor_from_json(j.at("monitor"));
    s.evaluated_step = j.at("evaluated_step");
    if (!j.at("best_value").is_null()) s.best_value = j.at("best_value").get<double>();
    s.best_step = j.at("best_step");
    s.metrics_bytes = j.at("metrics_bytes");
    s.completions_bytes = j.at("completions_bytes");
    s.model_fingerprint = j.at("model_fingerprint");
    s.start_weights_digest = j.at("start_weights_digest");
    return s;
  } catch (const Json::exception& e) {
    throw Error(ErrorCode::data_loss, source + ": not a trainer state: " + e.what());
  }
}

std::string directory_name(int64_t step) {
  return format("%s%06ld", kPrefix, static_cast<long>(step));
}

bool is_complete(const fs::path& dir) { return fs::is_regular_file(dir / kMarker); }

/// Complete checkpoints, oldest first (names sort by step: six digits or more).
std::vector<fs::path> complete_checkpoints(const fs::path& root) {
  std::vector<fs::path> out;
  if (!fs::is_directory(root)) return out;
  for (const auto& entry : fs::directory_iterator(root)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with(kPrefix) && !name.ends_with(kTemporary) && is_complete(entry.path())) out.push_back(entry.path());
  }
  std::sort(out.begin(), out.end(), [](const fs::path& a, const fs::path& b) {
    const std::string x = a.filename().string(), y = b.filename().string();
    return x.size() != y.size() ? x.size() < y.size() : x < y;
  });
  return out;
}

/// Deletes what interrupted writes left, and all but the newest `keep`. The marker goes first, so that a half-deleted checkpoint
/// is never taken for a complete one.
void prune(const fs::path& root, int64_t keep) {
  for (const auto& entry : fs::directory_iterator(root))
    if (entry.path().filename().string().ends_with(kTemporary)) fs::remove_all(entry.path());
  std::vector<fs::path> complete = complete_checkpoints(root);
  for (std::size_t i = 0; i + static_cast<std::size_t>(keep) < complete.size(); ++i) {
    fs::remove(complete[i] / kMarker);
    sync_path(complete[i]);
    fs::remove_all(complete[i]);
  }
}

WeightSet read_all(const fs::path& dir) {
  WeightSet set;
  for (const fs::path& path : safetensors_files(dir)) {
    const SafetensorsFile file(path);
    for (const TensorEntry& entry : file.entries()) {
      WeightSet::Tensor tensor{entry.name, entry.shape, std::vector<float>(entry.elements)};
      file.read(entry, tensor.data);
      set.tensors.push_back(std::move(tensor));
    }
  }
  return set;
}

}  // namespace

void save_checkpoint(const fs::path& root, const TrainerState& state, std::span<const WeightView> parameters,
                     std::span<const WeightView> moments, int64_t keep, std::span<const WeightView> reference) {
  fs::create_directories(root);
  const fs::path final_dir = root / directory_name(state.step);
  const fs::path dir = root / (directory_name(state.step) + kTemporary);
  fs::remove_all(dir);
  fs::create_directories(dir / "model");
  fs::create_directories(dir / "optimizer");
  write_safetensors(dir / "model", parameters, FloatType::float32);
  write_safetensors(dir / "optimizer", moments, FloatType::float32);
  const std::string json = state_to_json(state).dump(2) + "\n";
  write_file_atomic(dir / kState, json);
  if (!state.collected_steps.empty()) {
    write_file_atomic(dir / kCollectedSteps, state.collected_steps);
    write_file_atomic(dir / kCollectedRecords, state.collected_records);
  }
  sync_path(dir / "model");
  sync_path(dir / "optimizer");
  if (!reference.empty()) {
    fs::create_directories(dir / "reference");
    write_safetensors(dir / "reference", reference, FloatType::float32);
    sync_path(dir / "reference");
  }
  write_file_atomic(dir / kMarker, digest128_hex(json) + "\n");
  if (fs::exists(final_dir)) {
    fs::remove(final_dir / kMarker);
    fs::remove_all(final_dir);
  }
  fs::rename(dir, final_dir);
  sync_path(root);
  prune(root, keep);
}

std::optional<fs::path> newest_checkpoint(const fs::path& root) {
  const std::vector<fs::path> complete = complete_checkpoints(root);
  if (complete.empty()) return std::nullopt;
  return complete.back();
}

Checkpoint load_checkpoint(const fs::path& dir) {
  const std::string json = read_file(dir / kState);
  const std::string marker = read_file(dir / kMarker);
  if (marker != digest128_hex(json) + "\n")
    throw Error(ErrorCode::data_loss, (dir / kMarker).string() + ": does not match " + kState + "; the checkpoint is damaged");
  Checkpoint checkpoint;
  const Json state = parse_json(json, (dir / kState).string());
  checkpoint.state = state_from_json(state, (dir / kState).string());
  if (const std::string digest = state.value("collected_digest", ""); !digest.empty()) {
    checkpoint.state.collected_steps = read_file(dir / kCollectedSteps);
    checkpoint.state.collected_records = read_file(dir / kCollectedRecords);
    if (collected_digest(checkpoint.state) != digest)
      throw Error(ErrorCode::data_loss, (dir / kCollectedRecords).string() + ": does not match " + kState + "; the checkpoint is damaged");
  }
  checkpoint.parameters = read_all(dir / "model");
  checkpoint.moments = read_all(dir / "optimizer");
  if (fs::is_directory(dir / "reference")) checkpoint.reference = read_all(dir / "reference");
  return checkpoint;
}

}  // namespace hone
