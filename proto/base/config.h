// Strict configuration: one `visit` function per section lists each field's name, limits and help; loading, dumping, --help-config
// and the reference page are visitors over it, so that they cannot disagree.
//
//   struct OptimConfig { double learning_rate = 1e-6; };
//   void visit(ConfigVisitor& v, OptimConfig& c) {
//     v.field("learning_rate", c.learning_rate, {.min = 0, .min_open = true}, "peak rate of AdamW");
//   }
//
// Errors are Error{invalid_argument} with the JSON path: "/grpo/epsilon_hgih: unknown key; did you mean epsilon_high?".
// Thread rule: none needed; plain objects.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace hone {

struct Range {
  double min = -std::numeric_limits<double>::infinity();
  double max = std::numeric_limits<double>::infinity();
  bool min_open = false;  // true: the bound itself is not allowed
  bool max_open = false;
};

/// A JSON value kept as text (validated by whoever uses it), e.g. the list of reward functions.
struct JsonText {
  std::string text;
};

class ConfigVisitor {
 public:
  virtual ~ConfigVisitor() = default;
  using Body = std::function<void(ConfigVisitor&)>;

  virtual void section(const std::string& name, const Body& body, const std::string& help) = 0;
  virtual void field(const std::string& name, bool& value, const std::string& help) = 0;
  virtual void field(const std::string& name, int64_t& value, Range range, const std::string& help) = 0;
  virtual void field(const std::string& name, double& value, Range range, const std::string& help) = 0;
  virtual void field(const std::string& name, std::optional<double>& value, Range range, const std::string& help) = 0;
  virtual void field(const std::string& name, std::string& value, const std::string& help) = 0;
  virtual void choice(const std::string& name, std::string& value, std::vector<std::string> choices,
                      const std::string& help) = 0;
  virtual void field(const std::string& name, std::vector<std::string>& value, const std::string& help) = 0;
  virtual void field(const std::string& name, std::vector<int64_t>& value, Range range, const std::string& help) = 0;
  virtual void field(const std::string& name, JsonText& value, const std::string& help) = 0;
};

/// Fills the fields that `json` has; every unknown key, wrong type or value outside its limits throws. `path` starts messages.
void load_config(const nlohmann::json& json, const std::string& path, const ConfigVisitor::Body& body);

/// All fields with their values, in order.
nlohmann::ordered_json dump_config(const ConfigVisitor::Body& body);

/// Plain text for --help-config, or a Markdown page: name, type, limits, default, help.
std::string config_help(const ConfigVisitor::Body& body, bool markdown);

/// Applies "section.key=value" to `json`: value is JSON, or a string when it is not valid JSON. Throws on a missing '='.
void apply_override(nlohmann::json& json, std::string_view assignment);

}  // namespace hone
