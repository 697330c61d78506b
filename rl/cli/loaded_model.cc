#include "rl/cli/loaded_model.h"

#include "rl/session.h"

namespace hone {

LoadedModel load_model(const std::string& path, int threads, bool tokenizer_required, GeneratorOptions options) {
  LoadedModel model;
  model.folder = open_model_folder(path);
  if (tokenizer_required || !model.folder.tokenizer_json.empty()) {
    OpenModel opened = open_model(path);
    model.folder = std::move(opened.folder);
    model.tokenizer = std::move(opened.tokenizer);
  }
  model.pool = std::make_unique<ThreadPool>(threads);
  model.generator = std::make_unique<Generator>(model.folder.config, model.tokenizer.get(), *model.pool, options);
  const WeightSet weights = load_weights(model.folder);
  model.generator->load_weights(weights.views(), 1);
  return model;
}

}  // namespace hone
