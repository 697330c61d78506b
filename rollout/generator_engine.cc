#include "policy/generator.h"
#include "rollout/completion_engine.h"

namespace hone {
namespace {

class GeneratorEngine : public CompletionEngine {
 public:
  GeneratorEngine(Generator& generator, const ModelConfig& config)
      : generator_(generator), tensors_(expected_tensors(config)), version_(generator.version()) {}

  const std::vector<TensorSpec>& tensors() const override { return tensors_; }
  void load_weights(std::span<const WeightView> weights, uint64_t version) override {
    generator_.load_weights(weights, version);
    version_ = version;
  }
  void stage_weights(std::span<const WeightView> weights, uint64_t version) override {
    generator_.stage_weights(weights, version);
    version_ = version;
  }
  uint64_t version() const override { return version_; }
  void release_weights() override { generator_.release_weights(); }

  RolloutStats generate(std::span<const RolloutRequest> requests,
                        const std::function<void(std::size_t, RolloutResult)>& on_result,
                        const std::atomic<bool>* cancel) override {
    const GenerationStats stats = generator_.generate(requests, on_result, cancel);
    return {stats.prompt_tokens, stats.generated_tokens, stats.seconds};
  }

 private:
  Generator& generator_;
  std::vector<TensorSpec> tensors_;
  std::atomic<uint64_t> version_;
};

}  // namespace

std::unique_ptr<CompletionEngine> make_generator_engine(Generator& generator, const ModelConfig& config) {
  return std::make_unique<GeneratorEngine>(generator, config);
}

}  // namespace hone
