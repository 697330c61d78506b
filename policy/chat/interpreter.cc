#include "policy/chat/interpreter.h"

#include <map>

#include "policy/chat/builtins.h"
#include "proto/base/error.h"

namespace hone::chat {
namespace {

using Kind = Value::Kind;

constexpr int64_t kMaxSteps = 5'000'000;
constexpr int kMaxCalls = 32;
constexpr int kMaxEvaluations = 3000;

using Scope = std::map<std::string, Value, std::less<>>;

enum class Flow : uint8_t { normal, leave, next };

Value make_namespace(const Arguments& a) {
  Dict fields = !a.positional.empty() && a.positional[0].is(Kind::dict) ? a.positional[0].as_dict() : Dict{};
  fields.is_namespace = false;
  Value out = Value::name_space(std::move(fields));
  for (const auto& [name, value] : a.named.items) out.set_field(name, value);
  return out;
}

Value make_dict(const Arguments& a) {
  Dict out;
  for (const auto& [name, value] : a.named.items) out.set(name, value);
  return Value::dict(std::move(out));
}

Value make_range(const Arguments& a) {
  int64_t bounds[3] = {0, 0, 1};
  if (a.positional.empty() || a.positional.size() > 3) throw Failure("range takes one to three integers");
  for (std::size_t i = 0; i < a.positional.size(); ++i) {
    if (!a.positional[i].is(Kind::integer)) throw Failure("range needs integers, found " + std::string(a.positional[i].type_name()));
    bounds[a.positional.size() == 1 ? 1 : i] = a.positional[i].as_integer();
  }
  if (bounds[2] == 0) throw Failure("the step of range is 0");
  List out;
  for (int64_t i = bounds[0]; bounds[2] > 0 ? i < bounds[1] : i > bounds[1]; i += bounds[2]) {
    if (static_cast<int64_t>(out.size()) >= 100'000) throw Failure("range is longer than 100000");
    out.push_back(Value::integer(i));
  }
  return Value::list(std::move(out));
}

Value raise(const Arguments& a) { throw Failure(a.get(0, "message").text()); }

class Interpreter {
 public:
  explicit Interpreter(const Dict& variables) {
    Scope globals;
    globals["namespace"] = Value::callable(make_namespace);
    globals["dict"] = Value::callable(make_dict);
    globals["range"] = Value::callable(make_range);
    globals["raise_exception"] = Value::callable(raise);
    for (const auto& [name, value] : variables.items) globals[name] = value;
    scopes_.push_back(std::move(globals));
  }

  Rendered run(const Nodes& tree) {
    body(tree);
    return std::move(out_);
  }

 private:
  void tick(const Node& node) {
    line_ = node.line;
    if (++steps_ > kMaxSteps) throw Failure("the template takes more than " + std::to_string(kMaxSteps) + " steps");
  }

  /// Work on a value costs steps by its size, so that few operations on huge values are bounded too.
  const Value& charged(const Value& v) {
    if (v.is(Kind::string)) steps_ += static_cast<int64_t>(v.as_string().size() / 16);
    if (v.is(Kind::list)) steps_ += static_cast<int64_t>(v.as_list().size() / 2);
    if (v.is(Kind::dict)) steps_ += static_cast<int64_t>(v.as_dict().items.size() / 2);
    return v;
  }

  Flow body(const Nodes& nodes) {
    for (const NodePtr& node : nodes)
      if (const Flow flow = statement(*node); flow != Flow::normal) return flow;
    return Flow::normal;
  }

  Flow statement(const Node& n) {
    tick(n);
    switch (n.kind) {
      case Node::Kind::data: print(n.text); return Flow::normal;
      case Node::Kind::output: print(evaluate(*n.kids[0]).text()); return Flow::normal;
      case Node::Kind::condition: return body(evaluate(*n.kids[0]).truthy() ? n.body : n.otherwise);
      case Node::Kind::loop: return loop(n);
      case Node::Kind::assign: assign(n); return Flow::normal;
      case Node::Kind::capture: scopes_.back()[n.names[0]] = Value::string(captured(n.body)); return Flow::normal;
      case Node::Kind::macro: define(n); return Flow::normal;
      case Node::Kind::generation: {
        const std::size_t begin = out_.text.size();
        const Flow flow = body(n.body);
        out_.generated.emplace_back(begin, out_.text.size());
        return flow;
      }
      case Node::Kind::leave: return Flow::leave;
      case Node::Kind::next: return Flow::next;
      default: break;
    }
    HONE_CHECK(false, "an expression stands as a statement");
  }

  void print(const std::string& text) {
    if (out_.text.size() + text.size() > kMaxTextBytes) throw Failure("the output is longer than " + std::to_string(kMaxTextBytes) + " bytes");
    out_.text += text;
  }

  std::string captured(const Nodes& nodes) {
    Rendered outer = std::exchange(out_, {});
    body(nodes);
    return std::exchange(out_, std::move(outer)).text;
  }

  void bind(Scope& scope, const std::vector<std::string>& names, const Value& value) {
    if (names.size() == 1) {
      scope[names[0]] = value;
      return;
    }
    const List parts = items_of(value);
    if (parts.size() != names.size()) throw Failure("expected " + std::to_string(names.size()) + " values, found " + std::to_string(parts.size()));
    for (std::size_t i = 0; i < names.size(); ++i) scope[names[i]] = parts[i];
  }

  void assign(const Node& n) {
    const Value value = evaluate(*n.kids[0]);
    if (n.text.empty()) return bind(scopes_.back(), n.names, value);
    Value target = look_up(n.text);
    if (!target.is(Kind::dict) || !target.as_dict().is_namespace) throw Failure("'" + n.text + "' is not a namespace: its fields cannot be set");
    target.set_field(n.names[0], value);
  }

  /// A loop's own variables live in a scope of one turn.
  Flow loop(const Node& n) {
    List items;
    for (Value& item : items_of(charged(evaluate(*n.kids[0])))) {
      if (n.kids[1]) {
        Scope scope;
        bind(scope, n.names, item);
        scopes_.push_back(std::move(scope));
        const bool keep = evaluate(*n.kids[1]).truthy();
        scopes_.pop_back();
        if (!keep) continue;
      }
      items.push_back(std::move(item));
    }
    if (items.empty()) return body(n.otherwise);
    for (std::size_t i = 0; i < items.size(); ++i) {
      Scope scope;
      bind(scope, n.names, items[i]);
      scope["loop"] = loop_state(items, i);
      scopes_.push_back(std::move(scope));
      const Flow flow = body(n.body);
      scopes_.pop_back();
      if (flow == Flow::leave) break;
    }
    return Flow::normal;
  }

  static Value loop_state(const List& items, std::size_t i) {
    const auto at = static_cast<int64_t>(i), count = static_cast<int64_t>(items.size());
    Dict d;
    d.set("index", Value::integer(at + 1));
    d.set("index0", Value::integer(at));
    d.set("revindex", Value::integer(count - at));
    d.set("revindex0", Value::integer(count - at - 1));
    d.set("first", Value::boolean(at == 0));
    d.set("last", Value::boolean(at + 1 == count));
    d.set("length", Value::integer(count));
    d.set("previtem", i > 0 ? items[i - 1] : Value::undefined("loop.previtem"));
    d.set("nextitem", i + 1 < items.size() ? items[i + 1] : Value::undefined("loop.nextitem"));
    d.set("cycle", Value::callable([i](const Arguments& a) {
            if (a.positional.empty()) throw Failure("loop.cycle needs values");
            return a.positional[i % a.positional.size()];
          }));
    return Value::name_space(std::move(d));
  }

  /// A macro sees the variables of the template's top level and its own arguments.
  void define(const Node& n) {
    scopes_.back()[n.text] = Value::callable([this, &n](const Arguments& a) {
      if (++calls_ > kMaxCalls) throw Failure("macros call each other more than " + std::to_string(kMaxCalls) + " deep");
      if (a.positional.size() > n.names.size()) throw Failure("macro " + n.text + " takes " + std::to_string(n.names.size()) + " arguments");
      Scope scope;
      for (std::size_t i = 0; i < n.names.size(); ++i) {
        Value value = a.get(i, n.names[i], Value::undefined(n.names[i]));
        for (const auto& [name, otherwise] : n.named)
          if (name == n.names[i] && value.is(Kind::undefined)) value = evaluate(*otherwise);
        scope[n.names[i]] = std::move(value);
      }
      std::vector<Scope> inner(scopes_.begin() + 1, scopes_.end());
      scopes_.resize(1);
      scopes_.push_back(std::move(scope));
      std::string text = captured(n.body);
      scopes_.resize(1);
      scopes_.insert(scopes_.end(), std::make_move_iterator(inner.begin()), std::make_move_iterator(inner.end()));
      --calls_;
      return Value::string(std::move(text));
    });
  }

  Value look_up(const std::string& name) const {
    for (auto scope = scopes_.rbegin(); scope != scopes_.rend(); ++scope)
      if (const auto found = scope->find(name); found != scope->end()) return found->second;
    return Value::undefined(name);
  }

  Value optional(const NodePtr& node) { return node ? evaluate(*node) : Value::none(); }

  Arguments arguments(const Node& n) {
    Arguments out;
    for (std::size_t i = 1; i < n.kids.size(); ++i) out.positional.push_back(evaluate(*n.kids[i]));
    for (const auto& [name, value] : n.named) out.named.set(name, evaluate(*value));
    return out;
  }

  Value evaluate(const Node& n) {
    tick(n);
    if (++depth_ > kMaxEvaluations) throw Failure("expressions and macros stand more than " + std::to_string(kMaxEvaluations) + " deep in each other");
    Value value = value_of(n);
    --depth_;
    return value;
  }

  Value value_of(const Node& n) {
    switch (n.kind) {
      case Node::Kind::literal: return n.value;
      case Node::Kind::name: return look_up(n.text);
      case Node::Kind::list: {
        List out;
        for (const NodePtr& kid : n.kids) out.push_back(evaluate(*kid));
        return Value::list(std::move(out));
      }
      case Node::Kind::dict: {
        Dict out;
        for (std::size_t i = 0; i + 1 < n.kids.size(); i += 2) out.set(evaluate(*n.kids[i]).text(), evaluate(*n.kids[i + 1]));
        return Value::dict(std::move(out));
      }
      case Node::Kind::attribute: return attribute_of(n);
      case Node::Kind::item: {
        const Value value = charged(defined(*n.kids[0]));
        return item(value, evaluate(*n.kids[1]));
      }
      case Node::Kind::slice: {
        const Value value = charged(evaluate(*n.kids[0]));
        return slice(value, optional(n.kids[1]), optional(n.kids[2]), optional(n.kids[3]));
      }
      case Node::Kind::call: return call(n);
      case Node::Kind::filter: {
        const Value value = charged(evaluate(*n.kids[0]));
        return charged(apply_filter(n.text, value, arguments(n)));
      }
      case Node::Kind::test: {
        const Value value = evaluate(*n.kids[0]);
        return Value::boolean(apply_test(n.text, value, arguments(n)));
      }
      case Node::Kind::unary: return unary(n);
      case Node::Kind::binary: return operation(n);
      case Node::Kind::conditional: return evaluate(*n.kids[1]).truthy() ? evaluate(*n.kids[0]) : n.kids[2] ? evaluate(*n.kids[2]) : Value();
      default: break;
    }
    HONE_CHECK(false, "a statement stands in an expression");
  }

  /// A value whose parts are asked for: an undefined one is an error that names it.
  Value defined(const Node& n) {
    Value value = evaluate(n);
    if (value.is(Kind::undefined)) throw Failure("'" + value.undefined_name() + "' is undefined");
    return value;
  }

  Value attribute_of(const Node& n) { return attribute(charged(defined(*n.kids[0])), n.text); }

  Value call(const Node& n) {
    const Value function = evaluate(*n.kids[0]);
    if (!function.is(Kind::callable))
      throw Failure(function.is(Kind::undefined) ? "'" + function.undefined_name() + "' is undefined and cannot be called"
                                                 : std::string(function.type_name()) + " cannot be called");
    const Arguments given = arguments(n);
    line_ = n.line;
    return charged(function.as_function()(given));
  }

  Value unary(const Node& n) {
    const Value value = evaluate(*n.kids[0]);
    if (n.text == "not") return Value::boolean(!value.truthy());
    if (!value.is_number()) throw Failure("'" + n.text + "' needs a number, found " + std::string(value.type_name()));
    return binary(n.text, Value::integer(0), value);
  }

  Value operation(const Node& n) {
    Value left = evaluate(*n.kids[0]);
    if (n.text == "and") return left.truthy() ? evaluate(*n.kids[1]) : left;
    if (n.text == "or") return left.truthy() ? left : evaluate(*n.kids[1]);
    const Value right = evaluate(*n.kids[1]);
    line_ = n.line;
    charged(left);
    charged(right);
    return charged(binary(n.text, left, right));
  }

 public:
  int line() const { return line_; }

 private:
  std::vector<Scope> scopes_;
  Rendered out_;
  int line_ = 0;
  int calls_ = 0, depth_ = 0;
  int64_t steps_ = 0;
};

}  // namespace

Rendered run(const Nodes& tree, const Dict& variables, const std::string& source) {
  Interpreter interpreter(variables);
  try {
    return interpreter.run(tree);
  } catch (const Failure& e) {
    fail_at(source, interpreter.line(), e.what());
  }
}

}  // namespace hone::chat
