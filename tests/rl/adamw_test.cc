#include "rl/adamw.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "proto/base/error.h"
#include "proto/base/random.h"

namespace hone {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

at::Tensor random_tensor(std::vector<int64_t> shape, at::ScalarType type, uint64_t seed) {
  at::Tensor tensor = at::empty(shape, at::kDouble);
  PhiloxStream random(seed);
  double* values = tensor.mutable_data_ptr<double>();
  for (int64_t i = 0; i < tensor.numel(); ++i) values[i] = 2.0 * random.next_uniform() - 1.0;
  return tensor.to(type);
}

/// Two parameters, one longer than a work item and not a multiple of any vector length.
std::vector<at::Tensor> make_parameters(at::ScalarType type) {
  return {random_tensor({257, 523}, type, 1).requires_grad_(true), random_tensor({13}, type, 2).requires_grad_(true)};
}

void set_gradients(std::vector<at::Tensor>& parameters, uint64_t seed) {
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    parameters[i].mutable_grad() =
        random_tensor(parameters[i].sizes().vec(), parameters[i].scalar_type(), seed + 100 * i);
  }
}

AdamWConfig make_config(bool fused) {
  AdamWConfig config;
  config.weight_decay = 0.1;
  config.fused = fused;
  return config;
}

std::vector<at::Tensor> train(at::ScalarType type, bool fused, int steps) {
  std::vector<at::Tensor> parameters = make_parameters(type);
  AdamW optimizer(parameters, {"a.weight", "a.bias"}, make_config(fused));
  for (int step = 0; step < steps; ++step) {
    set_gradients(parameters, 10 + static_cast<uint64_t>(step));
    optimizer.step(1e-2, clip_factor(grad_norm(parameters), 5.0));
  }
  return parameters;
}

TEST(AdamW, FusedEqualsAtenOperations) {
  for (at::ScalarType type : {at::kFloat, at::kDouble}) {
    const auto fused = train(type, true, 5);
    const auto plain = train(type, false, 5);
    for (std::size_t i = 0; i < fused.size(); ++i) {
      EXPECT_LT((fused[i] - plain[i]).abs().max().item<double>(), type == at::kFloat ? 5e-7 : 1e-15);
    }
  }
}

TEST(AdamW, ResultsDoNotDependOnTheNumberOfThreads) {
  const int threads = at::get_num_threads();
  at::set_num_threads(1);
  const auto one = train(at::kFloat, true, 3);
  at::set_num_threads(3);
  const auto three = train(at::kFloat, true, 3);
  at::set_num_threads(threads);
  for (std::size_t i = 0; i < one.size(); ++i) EXPECT_TRUE(at::equal(one[i], three[i]));
}

TEST(AdamW, NormsAndBiasesAreNotDecayedAndEmbeddingsAsConfigured) {
  AdamWConfig config;
  EXPECT_TRUE(is_decayed("model.layers.0.self_attn.q_proj.weight", 2, config));
  EXPECT_FALSE(is_decayed("model.layers.0.self_attn.q_proj.bias", 1, config));
  EXPECT_FALSE(is_decayed("model.norm.weight", 1, config));
  EXPECT_TRUE(is_decayed("model.embed_tokens.weight", 2, config));
  config.decay_embeddings = false;
  EXPECT_FALSE(is_decayed("model.embed_tokens.weight", 2, config));
  EXPECT_FALSE(is_decayed("lm_head.weight", 2, config));
  EXPECT_TRUE(is_decayed("model.layers.0.mlp.up_proj.weight", 2, config));
}

TEST(AdamW, ZeroGradientOnlyDecaysWhatIsDecayed) {
  std::vector<at::Tensor> parameters = make_parameters(at::kFloat);
  const auto before = std::vector<at::Tensor>{parameters[0].detach().clone(), parameters[1].detach().clone()};
  for (at::Tensor& parameter : parameters) parameter.mutable_grad() = at::zeros_like(parameter);
  AdamW optimizer(parameters, {"a.weight", "a.bias"}, make_config(true));
  optimizer.step(0.5);
  EXPECT_TRUE(at::allclose(parameters[0], before[0] * 0.95));
  EXPECT_TRUE(at::equal(parameters[1], before[1]));
}

TEST(AdamW, AParameterWithoutGradientStays) {
  std::vector<at::Tensor> parameters = make_parameters(at::kFloat);
  const at::Tensor before = parameters[0].detach().clone();
  AdamW optimizer(parameters, {"a", "b"}, make_config(true));
  optimizer.step(0.5);
  EXPECT_TRUE(at::equal(parameters[0], before));
  EXPECT_EQ(optimizer.step_count(), 1);
}

TEST(AdamW, ContinuesFromItsStateBitForBit) {
  const auto whole = train(at::kFloat, true, 4);
  std::vector<at::Tensor> parameters = make_parameters(at::kFloat);
  const std::vector<std::string> names = {"a.weight", "a.bias"};
  AdamW first(parameters, names, make_config(true));
  AdamW second(parameters, names, make_config(true));
  for (int step = 0; step < 4; ++step) {
    if (step == 2) second.load_state(first.step_count(), first.state());
    set_gradients(parameters, 10 + static_cast<uint64_t>(step));
    (step < 2 ? first : second).step(1e-2, clip_factor(grad_norm(parameters), 5.0));
  }
  EXPECT_EQ(second.step_count(), 4);
  for (std::size_t i = 0; i < whole.size(); ++i) EXPECT_TRUE(at::equal(whole[i], parameters[i]));
}

TEST(AdamW, LoadStateNamesWhatIsWrongAndChangesNothing) {
  std::vector<at::Tensor> parameters = make_parameters(at::kFloat);
  AdamW optimizer(parameters, {"a", "b"}, make_config(true));
  set_gradients(parameters, 3);
  optimizer.step(1e-3);
  const at::Tensor before = optimizer.exp_avg()[0].clone();
  const auto message = [&](auto change) {
    std::vector<WeightView> views = optimizer.state();
    change(views);
    try {
      optimizer.load_state(7, views);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::invalid_argument);
      return std::string(error.what());
    }
    return std::string("no error");
  };
  std::vector<float> values(13, -1.0f);
  EXPECT_NE(message([](auto& v) { v.pop_back(); }).find("exp_avg_sq.b is missing"), std::string::npos);
  EXPECT_NE(message([](auto& v) { v.push_back(v[0]); }).find("exp_avg.a appears twice"), std::string::npos);
  EXPECT_NE(message([](auto& v) {
              v.push_back({"exp_avg.c", {}, {}});
            }).find("exp_avg.c belongs to no"),
            std::string::npos);
  EXPECT_NE(message([](auto& v) { v[1].shape = {12}; }).find("exp_avg.b has shape [12], the model needs [13]"),
            std::string::npos);
  EXPECT_NE(message([](auto& v) { v[1].data = v[1].data.first(5); }).find("holds 5 values"), std::string::npos);
  EXPECT_NE(message([&](auto& v) { v[3].data = values; }).find("exp_avg_sq.b holds -1"), std::string::npos);
  values[4] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_NE(message([&](auto& v) { v[1].data = values; }).find("exp_avg.b holds"), std::string::npos);
  EXPECT_THROW(optimizer.load_state(-1, optimizer.state()), Error);
  EXPECT_TRUE(at::equal(optimizer.exp_avg()[0], before));
  EXPECT_EQ(optimizer.step_count(), 1);
}

TEST(AdamW, RejectsSettingsOutsideTheirLimits) {
  const auto broken = [](auto change) {
    AdamWConfig config;
    change(config);
    EXPECT_THROW(validate(config), Error);
  };
  broken([](auto& c) { c.beta1 = 1.0; });
  broken([](auto& c) { c.beta2 = -0.1; });
  broken([](auto& c) { c.epsilon = 0.0; });
  broken([](auto& c) { c.weight_decay = kNaN; });
}

TEST(AdamW, ScalesGradientsAsIfTheyWereScaledBefore) {
  for (const bool fused : {true, false}) {
    std::vector<at::Tensor> scaled_before = make_parameters(at::kFloat), scaled_inside = make_parameters(at::kFloat);
    AdamW first(scaled_before, {"a.weight", "a.bias"}, make_config(fused)), second(scaled_inside, {"a.weight", "a.bias"}, make_config(fused));
    for (uint64_t step = 0; step < 3; ++step) {
      set_gradients(scaled_before, 10 + step);
      set_gradients(scaled_inside, 10 + step);
      for (at::Tensor& parameter : scaled_before) parameter.mutable_grad().mul_(0.37);
      first.step(1e-2);
      second.step(1e-2, 0.37);
    }
    for (std::size_t i = 0; i < scaled_before.size(); ++i) EXPECT_TRUE(at::equal(scaled_before[i], scaled_inside[i]));
  }
}

TEST(GradNorm, EqualsTheSlowNorm) {
  for (at::ScalarType type : {at::kFloat, at::kDouble}) {
    std::vector<at::Tensor> parameters = make_parameters(type);
    set_gradients(parameters, 4);
    double squares = 0.0;
    for (const at::Tensor& parameter : parameters)
      squares += parameter.grad().to(at::kDouble).square().sum().item<double>();
    EXPECT_NEAR(grad_norm(parameters), std::sqrt(squares), 1e-12 * std::sqrt(squares));
  }
  EXPECT_EQ(grad_norm({}), 0.0);
}

TEST(GradNorm, IsTheSameWithAnyNumberOfThreads) {
  std::vector<at::Tensor> parameters = make_parameters(at::kFloat);
  set_gradients(parameters, 4);
  const int threads = at::get_num_threads();
  at::set_num_threads(1);
  const double one = grad_norm(parameters);
  at::set_num_threads(4);
  EXPECT_EQ(grad_norm(parameters), one);
  at::set_num_threads(threads);
}

TEST(GradNorm, IsNotFiniteWhereAGradientIsNot) {
  for (double bad : {kNaN, std::numeric_limits<double>::infinity()}) {
    std::vector<at::Tensor> parameters = make_parameters(at::kFloat);
    set_gradients(parameters, 4);
    parameters[1].mutable_grad()[3] = bad;
    EXPECT_FALSE(std::isfinite(grad_norm(parameters)));
  }
}

TEST(ClipFactor, LimitsTheNorm) {
  EXPECT_EQ(clip_factor(3.0, 6.0), 1.0);
  EXPECT_EQ(clip_factor(0.0, 1.0), 1.0);
  EXPECT_NEAR(8.0 * clip_factor(8.0, 2.0), 2.0, 1e-6);
  EXPECT_THROW(clip_factor(1.0, 0.0), Error);
}

}  // namespace
}  // namespace hone
