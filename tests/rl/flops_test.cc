#include "rl/flops.h"

#include <gtest/gtest.h>

#include "policy/generator.h"
#include "policy/kernels/work_count.h"
#include "proto/base/thread_pool.h"

namespace hone {
namespace {

ModelConfig model(bool tied) {
  ModelConfig m;
  m.model_type = "llama";
  m.vocab_size = 50;
  m.hidden_size = 12;
  m.intermediate_size = 20;
  m.num_hidden_layers = 3;
  m.num_attention_heads = 4;
  m.num_key_value_heads = 2;
  m.head_dim = 6;
  m.max_position_embeddings = 128;
  m.tie_word_embeddings = tied;
  return m;
}

TEST(Flops, HandWorked) {
  ModelConfig m = model(true);
  m.num_hidden_layers = 1;
  // One token: q 12x24, k and v 12x12 each, o 24x12, MLP 3 x 12x20; it sees itself; logits 12x50. Two operations each.
  EXPECT_EQ(forward_flops(m, 1, 1, 1), 2.0 * (12 * 24 + 2 * 12 * 12 + 24 * 12 + 3 * 12 * 20) + 4.0 * 24 + 2.0 * 12 * 50);
  PackedBatch batch;
  batch.add_group(std::vector<int32_t>{5, 6, 7}, std::vector<std::vector<int32_t>>{{8, 2}, {9, 9, 2}});
  // Rows 3 + 1 + 2; pairs 1 + 2 + 3, 4, 4 + 5; every completion token is a target.
  EXPECT_EQ(forward_flops(m, batch), forward_flops(m, 6, 19, 5));
}

/// The products that the generator's kernels do for some groups are those of the formula, however they are batched.
TEST(Flops, GenerationIsWhatTheKernelsCount) {
  for (const bool tied : {true, false}) {
    const ModelConfig m = model(tied);
    ThreadPool pool(2);
    Generator generator(m, nullptr, pool, {.max_batch_rows = 3, .max_prefill_rows = 7});
    const WeightSet weights = random_weights(m, 0.3, 4);
    generator.load_weights(weights.views(), 1);
    std::vector<Group> groups(4);
    std::vector<RolloutRequest> requests;
    for (std::size_t i = 0; i < groups.size(); ++i) {
      groups[i].prompt_token_ids.assign(3 + 13 * i, static_cast<int32_t>(i));
      SamplingParams params;
      params.max_new_tokens = static_cast<int32_t>(1 + 9 * i);
      params.stop_token_ids = {11};
      requests.push_back({"", {1, 0, static_cast<uint32_t>(i)}, groups[i].prompt_token_ids, 3, params});
    }
    const WorkCount counted;
    generator.generate(requests, [&](std::size_t i, RolloutResult r) { groups[i].completions = std::move(r.completions); });
    EXPECT_EQ(2.0 * static_cast<double>(counted.multiply_adds()), generation_flops(m, groups));
  }
}

TEST(Flops, NothingIsCountedWithoutACounter) {
  { const WorkCount counted; }
  count_work(5);
  const WorkCount counted;
  EXPECT_EQ(counted.multiply_adds(), 0);
}

}  // namespace
}  // namespace hone
