#include "proto/base/config.h"

#include <cmath>
#include <sstream>

#include "proto/base/error.h"
#include "proto/base/json.h"
#include "proto/base/suggest.h"

namespace hone {
namespace {

std::string number_text(double v) {
  std::ostringstream out;
  out << v;
  return out.str();
}

std::string range_text(const Range& r) {
  const bool low = std::isfinite(r.min), high = std::isfinite(r.max);
  if (low && high) return (r.min_open ? "> " : ">= ") + number_text(r.min) + " and " + (r.max_open ? "< " : "<= ") + number_text(r.max);
  if (low) return (r.min_open ? "> " : ">= ") + number_text(r.min);
  if (high) return (r.max_open ? "< " : "<= ") + number_text(r.max);
  return "";
}

bool inside(const Range& r, double v) {
  return (r.min_open ? v > r.min : v >= r.min) && (r.max_open ? v < r.max : v <= r.max);
}

[[noreturn]] void fail(const std::string& path, const std::string& what) {
  throw Error(ErrorCode::invalid_argument, path + ": " + what);
}

class Loader : public ConfigVisitor {
 public:
  Loader(const Json& json, std::string path) : json_(json), path_(std::move(path)) {
    if (!json.is_object()) fail(path_.empty() ? "/" : path_, "expected an object, found " + json_type_name(json));
  }

  void reject_unknown() const {
    for (const auto& [key, value] : json_.items()) {
      bool found = false;
      for (const std::string& name : known_) found = found || name == key;
      if (!found) fail(path_ + "/" + key, "unknown key" + suggestion(key, known_));
    }
  }

  void section(const std::string& name, const Body& body, const std::string&) override {
    static const Json kEmpty = Json::object();
    const Json* value = take(name);
    Loader inner(value ? *value : kEmpty, path_ + "/" + name);
    body(inner);
    inner.reject_unknown();
  }
  void field(const std::string& name, bool& value, const std::string&) override {
    if (const Json* j = take(name)) {
      if (!j->is_boolean()) wrong_type(name, "true or false", *j);
      value = j->get<bool>();
    }
  }
  void field(const std::string& name, int64_t& value, Range range, const std::string&) override {
    if (const Json* j = take(name)) value = integer(name, *j, range);
  }
  void field(const std::string& name, double& value, Range range, const std::string&) override {
    if (const Json* j = take(name)) value = number(name, *j, range);
  }
  void field(const std::string& name, std::optional<double>& value, Range range, const std::string&) override {
    if (const Json* j = take(name)) {
      if (j->is_null()) value.reset();
      else value = number(name, *j, range);
    }
  }
  void field(const std::string& name, std::string& value, const std::string&) override {
    if (const Json* j = take(name)) value = text(name, *j);
  }
  void choice(const std::string& name, std::string& value, std::vector<std::string> choices, const std::string&) override {
    if (const Json* j = take(name)) {
      value = text(name, *j);
      bool found = false;
      for (const std::string& c : choices) found = found || c == value;
      if (!found) fail(path_ + "/" + name, "unknown value '" + value + "'" + suggestion(value, choices));
    }
  }
  void field(const std::string& name, std::vector<std::string>& value, const std::string&) override {
    if (const Json* j = take(name)) {
      if (!j->is_array()) wrong_type(name, "an array of strings", *j);
      value.clear();
      for (std::size_t i = 0; i < j->size(); ++i) value.push_back(text(name + "/" + std::to_string(i), (*j)[i]));
    }
  }
  void field(const std::string& name, std::vector<int64_t>& value, Range range, const std::string&) override {
    if (const Json* j = take(name)) {
      if (!j->is_array()) wrong_type(name, "an array of integers", *j);
      value.clear();
      for (std::size_t i = 0; i < j->size(); ++i) value.push_back(integer(name + "/" + std::to_string(i), (*j)[i], range));
    }
  }
  void field(const std::string& name, JsonText& value, const std::string&) override {
    if (const Json* j = take(name)) value.text = j->is_null() ? std::string() : j->dump();
  }

 private:
  const Json* take(const std::string& name) {
    known_.push_back(name);
    const auto it = json_.find(name);
    return it == json_.end() ? nullptr : &*it;
  }
  [[noreturn]] void wrong_type(const std::string& name, const std::string& expected, const Json& j) const {
    fail(path_ + "/" + name, "expected " + expected + ", found " + json_type_name(j));
  }
  std::string text(const std::string& name, const Json& j) const {
    if (!j.is_string()) wrong_type(name, "a string", j);
    return j.get<std::string>();
  }
  double number(const std::string& name, const Json& j, const Range& range) const {
    if (!j.is_number()) wrong_type(name, "a number", j);
    const double v = j.get<double>();
    if (!std::isfinite(v) || !inside(range, v)) fail(path_ + "/" + name, j.dump() + " is out of range: must be " + range_text(range));
    return v;
  }
  int64_t integer(const std::string& name, const Json& j, const Range& range) const {
    if (j.is_number_float() && j.get<double>() == std::floor(j.get<double>()) && std::fabs(j.get<double>()) < 9e15)
      return integer(name, Json(static_cast<int64_t>(j.get<double>())), range);
    if (!j.is_number_integer()) wrong_type(name, "an integer", j);
    if (j.is_number_unsigned() && j.get<uint64_t>() > static_cast<uint64_t>(INT64_MAX))
      fail(path_ + "/" + name, j.dump() + " is too large for a 64-bit integer");
    const int64_t v = j.get<int64_t>();
    if (!inside(range, static_cast<double>(v))) fail(path_ + "/" + name, j.dump() + " is out of range: must be " + range_text(range));
    return v;
  }

  const Json& json_;
  std::string path_;
  std::vector<std::string> known_;
};

class Dumper : public ConfigVisitor {
 public:
  OrderedJson out = OrderedJson::object();

  void section(const std::string& name, const Body& body, const std::string&) override {
    Dumper inner;
    body(inner);
    out[name] = std::move(inner.out);
  }
  void field(const std::string& n, bool& v, const std::string&) override { out[n] = v; }
  void field(const std::string& n, int64_t& v, Range, const std::string&) override { out[n] = v; }
  void field(const std::string& n, double& v, Range, const std::string&) override { out[n] = v; }
  void field(const std::string& n, std::optional<double>& v, Range, const std::string&) override {
    out[n] = v ? OrderedJson(*v) : OrderedJson(nullptr);
  }
  void field(const std::string& n, std::string& v, const std::string&) override { out[n] = v; }
  void choice(const std::string& n, std::string& v, std::vector<std::string>, const std::string&) override { out[n] = v; }
  void field(const std::string& n, std::vector<std::string>& v, const std::string&) override { out[n] = v; }
  void field(const std::string& n, std::vector<int64_t>& v, Range, const std::string&) override { out[n] = v; }
  void field(const std::string& n, JsonText& v, const std::string&) override {
    out[n] = v.text.empty() ? OrderedJson(nullptr) : OrderedJson::parse(v.text);
  }
};

constexpr const char* kTableHeader = "\n| key | type and limits | default | meaning |\n| --- | --- | --- | --- |\n";

class Helper : public ConfigVisitor {
 public:
  explicit Helper(bool markdown) : markdown_(markdown) {}
  std::ostringstream out;

  void section(const std::string& name, const Body& body, const std::string& help) override {
    if (markdown_) out << "\n## `" << prefix_ << name << "`\n\n" << help << "\n" << kTableHeader;
    else out << "\n" << prefix_ << name << ": " << help << "\n";
    const std::string outer = prefix_;
    prefix_ += name + ".";
    body(*this);
    prefix_ = outer;
  }
  void field(const std::string& n, bool& v, const std::string& h) override { row(n, "boolean", v ? "true" : "false", h); }
  void field(const std::string& n, int64_t& v, Range r, const std::string& h) override {
    row(n, limits("integer", r), std::to_string(v), h);
  }
  void field(const std::string& n, double& v, Range r, const std::string& h) override { row(n, limits("number", r), number_text(v), h); }
  void field(const std::string& n, std::optional<double>& v, Range r, const std::string& h) override {
    row(n, limits("number or null", r), v ? number_text(*v) : "null", h);
  }
  void field(const std::string& n, std::string& v, const std::string& h) override { row(n, "string", "\"" + v + "\"", h); }
  void choice(const std::string& n, std::string& v, std::vector<std::string> choices, const std::string& h) override {
    std::string type = "one of";
    for (const std::string& c : choices) type += " " + c;
    row(n, type, "\"" + v + "\"", h);
  }
  void field(const std::string& n, std::vector<std::string>& v, const std::string& h) override {
    row(n, "array of strings", Json(v).dump(), h);
  }
  void field(const std::string& n, std::vector<int64_t>& v, Range r, const std::string& h) override {
    row(n, limits("array of integers", r), Json(v).dump(), h);
  }
  void field(const std::string& n, JsonText& v, const std::string& h) override {
    row(n, "JSON", v.text.empty() ? "null" : v.text, h);
  }

 private:
  static std::string limits(const std::string& type, const Range& r) {
    const std::string text = range_text(r);
    return text.empty() ? type : type + " " + text;
  }
  void row(const std::string& name, const std::string& type, const std::string& value, const std::string& help) {
    if (markdown_) out << "| `" << prefix_ << name << "` | " << type << " | `" << value << "` | " << help << " |\n";
    else out << "  " << prefix_ << name << " (" << type << "; default " << value << ")\n      " << help << "\n";
  }
  bool markdown_;
  std::string prefix_;
};

}  // namespace

void load_config(const Json& json, const std::string& path, const ConfigVisitor::Body& body) {
  Loader loader(json, path);
  body(loader);
  loader.reject_unknown();
}

OrderedJson dump_config(const ConfigVisitor::Body& body) {
  Dumper dumper;
  body(dumper);
  return std::move(dumper.out);
}

std::string config_help(const ConfigVisitor::Body& body, bool markdown) {
  Helper helper(markdown);
  if (markdown) helper.out << kTableHeader;
  body(helper);
  return helper.out.str();
}

void apply_override(Json& json, std::string_view assignment) {
  const std::size_t equals = assignment.find('=');
  if (equals == std::string_view::npos || equals == 0)
    fail("--set " + std::string(assignment), "expected section.key=value");
  const std::string_view key = assignment.substr(0, equals);
  const std::string value(assignment.substr(equals + 1));
  Json* at = &json;
  for (std::size_t start = 0; start <= key.size();) {
    const std::size_t dot = std::min(key.find('.', start), key.size());
    const std::string part(key.substr(start, dot - start));
    if (part.empty()) fail("--set " + std::string(assignment), "empty key part");
    if (at->is_null()) *at = Json::object();
    if (!at->is_object()) fail("--set " + std::string(assignment), "'" + part + "' is inside a value that is not an object");
    at = &(*at)[part];
    start = dot + 1;
  }
  const Json parsed = Json::parse(value, nullptr, false);
  *at = parsed.is_discarded() ? Json(value) : parsed;
}

}  // namespace hone
