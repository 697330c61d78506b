// The model's equations as loops over one sequence, in double: slow, obvious, and the judge of what the files mean.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "policy/model_config.h"
#include "policy/weights.h"

namespace hone::test {

class NaiveTransformer {
 public:
  using Vector = std::vector<double>;

  NaiveTransformer(const ModelConfig& config, const WeightSet& weights)
      : config_(config), frequencies_(rope_inverse_frequencies(config)) {
    for (const auto& tensor : weights.tensors) tensors_[tensor.name] = &tensor.data;
  }

  /// Other weights compute the positions from `position` on (an in-flight update); the keys and values of those before stay.
  void switch_at(std::size_t position, const WeightSet& weights) {
    switch_at_ = position;
    for (const auto& tensor : weights.tensors) later_[tensor.name] = &tensor.data;
  }

  /// Logits [T][V] of every position.
  std::vector<Vector> logits(std::span<const int32_t> ids) const {
    std::vector<Vector> x;
    const auto hidden = static_cast<std::size_t>(config_.hidden_size);
    for (const int32_t id : ids) {
      position_ = x.size();
      const auto& embedding = at("model.embed_tokens.weight");
      const auto row = embedding.begin() + static_cast<std::ptrdiff_t>(static_cast<std::size_t>(id) * hidden);
      x.emplace_back(row, row + static_cast<std::ptrdiff_t>(hidden));
    }
    for (int64_t layer = 0; layer < config_.num_hidden_layers; ++layer)
      run_layer("model.layers." + std::to_string(layer) + ".", x);
    const std::string head = config_.tie_word_embeddings ? "model.embed_tokens" : "lm_head";
    for (position_ = 0; position_ < x.size(); ++position_) x[position_] = linear(head, norm("model.norm.weight", x[position_]));
    return x;
  }

 private:
  using Tensors = std::map<std::string, const std::vector<float>*>;
  const Tensors& tensors() const { return position_ < switch_at_ ? tensors_ : later_; }
  const std::vector<float>& at(const std::string& name) const { return *tensors().at(name); }

  Vector linear(const std::string& name, const Vector& in) const {
    const auto& weight = at(name + ".weight");
    Vector out(weight.size() / in.size());
    for (std::size_t row = 0; row < out.size(); ++row)
      for (std::size_t i = 0; i < in.size(); ++i) out[row] += static_cast<double>(weight[row * in.size() + i]) * in[i];
    if (const auto bias = tensors().find(name + ".bias"); bias != tensors().end())
      for (std::size_t row = 0; row < out.size(); ++row) out[row] += static_cast<double>((*bias->second)[row]);
    return out;
  }

  Vector norm(const std::string& name, Vector x) const {
    const auto& weight = at(name);
    double squares = 0.0;
    for (const double v : x) squares += v * v;
    const double scale = 1.0 / std::sqrt(squares / static_cast<double>(x.size()) + config_.rms_norm_eps);
    for (std::size_t i = 0; i < x.size(); ++i) x[i] *= scale * static_cast<double>(weight[i]);
    return x;
  }

  /// Splits into heads, norms them (qwen3) and rotates row (i, i + half) by position * frequency i.
  std::vector<Vector> rotated_heads(const Vector& all, std::size_t position, const std::string& norm_name) const {
    std::vector<Vector> heads;
    const auto size = static_cast<std::size_t>(config_.head_dim);
    for (std::size_t begin = 0; begin < all.size(); begin += size) {
      Vector head(all.begin() + static_cast<std::ptrdiff_t>(begin),
                  all.begin() + static_cast<std::ptrdiff_t>(begin + size));
      if (config_.qk_norm) head = norm(norm_name, head);
      for (std::size_t i = 0; i < size / 2; ++i) {
        const double angle = static_cast<double>(position) * static_cast<double>(frequencies_[i]);
        const double a = head[i];
        const double b = head[i + size / 2];
        head[i] = a * std::cos(angle) - b * std::sin(angle);
        head[i + size / 2] = b * std::cos(angle) + a * std::sin(angle);
      }
      heads.push_back(head);
    }
    return heads;
  }

  void run_layer(const std::string& prefix, std::vector<Vector>& x) const {
    const std::string attention = prefix + "self_attn.";
    const auto size = static_cast<std::size_t>(config_.head_dim);
    std::vector<std::vector<Vector>> keys;
    std::vector<Vector> values;
    for (std::size_t t = 0; t < x.size(); ++t) {
      position_ = t;
      const Vector in = norm(prefix + "input_layernorm.weight", x[t]);
      const auto queries = rotated_heads(linear(attention + "q_proj", in), t, attention + "q_norm.weight");
      keys.push_back(rotated_heads(linear(attention + "k_proj", in), t, attention + "k_norm.weight"));
      values.push_back(linear(attention + "v_proj", in));
      const std::size_t shared = queries.size() / keys.front().size();
      Vector mixed(queries.size() * size);
      for (std::size_t h = 0; h < queries.size(); ++h)
        attend(queries[h], h / shared, keys, values, std::span(mixed).subspan(h * size, size));
      add(x[t], linear(attention + "o_proj", mixed));
      add(x[t], mlp(prefix + "mlp.", norm(prefix + "post_attention_layernorm.weight", x[t])));
    }
  }

  static void attend(const Vector& query, std::size_t head, const std::vector<std::vector<Vector>>& keys,
                     const std::vector<Vector>& values, std::span<double> out) {
    Vector scores;
    for (const auto& key : keys) {
      double dot = 0.0;
      for (std::size_t i = 0; i < query.size(); ++i) dot += query[i] * key[head][i];
      scores.push_back(dot / std::sqrt(static_cast<double>(query.size())));
    }
    const double top = *std::max_element(scores.begin(), scores.end());
    double total = 0.0;
    for (double& score : scores) total += score = std::exp(score - top);
    for (std::size_t t = 0; t < scores.size(); ++t)
      for (std::size_t i = 0; i < query.size(); ++i) out[i] += scores[t] / total * values[t][head * query.size() + i];
  }

  Vector mlp(const std::string& prefix, const Vector& in) const {
    Vector gate = linear(prefix + "gate_proj", in);
    const Vector up = linear(prefix + "up_proj", in);
    for (std::size_t i = 0; i < gate.size(); ++i) gate[i] = gate[i] / (1.0 + std::exp(-gate[i])) * up[i];
    return linear(prefix + "down_proj", gate);
  }

  static void add(Vector& x, const Vector& y) {
    for (std::size_t i = 0; i < x.size(); ++i) x[i] += y[i];
  }

  ModelConfig config_;
  std::vector<float> frequencies_;
  Tensors tensors_, later_;
  std::size_t switch_at_ = SIZE_MAX;
  mutable std::size_t position_ = 0;  // being computed
};

/// log softmax(logits)[id].
inline double log_probability(const std::vector<double>& logits, int32_t id) {
  const double top = *std::max_element(logits.begin(), logits.end());
  double total = 0.0;
  for (const double v : logits) total += std::exp(v - top);
  return logits[static_cast<std::size_t>(id)] - top - std::log(total);
}

}  // namespace hone::test
