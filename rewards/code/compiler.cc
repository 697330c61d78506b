#include "rewards/code/compiler.h"

namespace hone {
namespace {

/// The whole text of the request: a digest could be met by a text that was made to meet it.
std::string key_of(const Compilation& compilation) {
  std::string key;
  const auto add = [&](const std::string& part) { key += std::to_string(part.size()) + ":" + part; };
  for (const std::string& argument : compilation.argv) add(argument);
  for (const auto& [name, content] : compilation.files) {
    add(name);
    add(content);
  }
  return key;
}

bool worth_keeping(const Compiled& compiled) {
  return compiled.judgement.verdict == Verdict::accepted || compiled.judgement.verdict == Verdict::compile_error;
}

}  // namespace

std::shared_ptr<const Compiled> Compiler::compile(const Compilation& compilation) {
  const std::string key = key_of(compilation);
  std::promise<std::shared_ptr<const Compiled>> promise;
  std::shared_future<std::shared_ptr<const Compiled>> known;
  {
    const std::lock_guard lock(mutex_);
    if (const auto it = entries_.find(key); it != entries_.end()) {
      ++hits_;
      order_.splice(order_.end(), order_, it->second.place);
      known = it->second.result;
    } else {
      ++misses_;
      order_.push_back(key);
      entries_[key] = {promise.get_future().share(), 0, std::prev(order_.end())};
    }
  }
  if (known.valid()) return known.get();
  std::shared_ptr<const Compiled> compiled;
  try {
    compiled = run(compilation);
  } catch (const std::exception& e) {
    compiled = std::make_shared<const Compiled>(Compiled{{Verdict::internal, e.what()}, nullptr, {}});
  }
  promise.set_value(compiled);
  const std::lock_guard lock(mutex_);
  if (worth_keeping(*compiled)) account(key, 2 * key.size() + 512 + (compiled->program ? compiled->program->size() : 0));
  else forget(key);
  return compiled;
}

std::shared_ptr<const Compiled> Compiler::run(const Compilation& compilation) const {
  SandboxRun run;
  run.argv = compilation.argv;
  run.limits = limits_;
  run.devices = false;
  run.artifact = kOutput;
  run.artifact_limit = limits_.tmp_bytes;
  for (const auto& [name, content] : compilation.files)
    run.files.push_back({name, std::make_shared<MemoryFile>(content), false});
  if (compilation.precompiled) run.files.push_back({compilation.precompiled_name, compilation.precompiled, false});
  SandboxResult result = sandbox_.run(run);
  auto compiled = std::make_shared<Compiled>();
  compiled->judgement = judge_compile(result);
  compiled->usage.add(result);
  if (compiled->judgement.verdict == Verdict::accepted) compiled->program = std::move(result.artifact);
  return compiled;
}

void Compiler::forget(const std::string& key) {
  const auto it = entries_.find(key);
  if (it == entries_.end()) return;
  used_bytes_ -= it->second.bytes;
  order_.erase(it->second.place);
  entries_.erase(it);
}

void Compiler::account(const std::string& key, std::size_t bytes) {
  if (const auto it = entries_.find(key); it != entries_.end()) {
    it->second.bytes = bytes;
    used_bytes_ += bytes;
  }
  for (auto it = order_.begin(); used_bytes_ > cache_bytes_ && it != order_.end();) {
    const std::string oldest = *it++;
    if (entries_.at(oldest).bytes > 0) forget(oldest);  // 0: still being compiled
  }
}

}  // namespace hone
