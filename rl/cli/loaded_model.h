// A model ready to generate, for the commands that need no learner.
#pragma once

#include <memory>
#include <string>

#include "policy/generator.h"
#include "policy/model_folder.h"
#include "policy/tokenizer.h"
#include "proto/base/thread_pool.h"

namespace hone {

struct LoadedModel {
  ModelFolder folder;
  std::unique_ptr<Tokenizer> tokenizer;  // null when the folder has none and none is required
  std::unique_ptr<ThreadPool> pool;
  std::unique_ptr<Generator> generator;
};

/// Opens, checks and loads weights as policy version 1.
LoadedModel load_model(const std::string& path, int threads, bool tokenizer_required, GeneratorOptions options = {});

}  // namespace hone
