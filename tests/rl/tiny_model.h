// The smallest model that has all that a learner meets: grouped queries, a tied head, two layers.
#pragma once

#include "policy/model_config.h"

namespace hone {

inline ModelConfig tiny_model() {
  ModelConfig m;
  m.model_type = "llama";
  m.vocab_size = 40;
  m.hidden_size = 16;
  m.intermediate_size = 24;
  m.num_hidden_layers = 2;
  m.num_attention_heads = 4;
  m.num_key_value_heads = 2;
  m.head_dim = 4;
  m.max_position_embeddings = 64;
  m.tie_word_embeddings = true;
  return m;
}

}  // namespace hone
