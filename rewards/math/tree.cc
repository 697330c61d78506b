#include "rewards/math/tree.h"

#include <algorithm>
#include <utility>

namespace hone::math {
namespace {

constexpr std::size_t kMaxText = 300;

constexpr std::string_view kConstantNames[] = {"pi", "e", "i", "inf", "%", "deg", "R", "{}"};

std::string_view sign_text(char sign) {
  switch (sign) {
    case 'l': return " <= ";
    case 'g': return " >= ";
    case 'n': return " != ";
    case '~': return " ~ ";
    case 'e': return " in ";
    case '<': return " < ";
    case '>': return " > ";
    default: return " = ";
  }
}

void write(const Node& node, std::string& out);

void write_joined(const Node& node, std::string_view joint, std::string& out) {
  for (std::size_t i = 0; i < node.args.size() && out.size() < kMaxText; ++i) {
    if (i > 0) out += joint;
    write(*node.args[i], out);
  }
}

bool is_compound(const Node& node) {
  switch (node.kind) {
    case Kind::sum:
    case Kind::product:
    case Kind::quotient:
    case Kind::power:
    case Kind::negate:
    case Kind::plus_minus:
    case Kind::ratio:
    case Kind::list:
    case Kind::relation: return true;
    case Kind::number: return node.value->get_den() != 1 && node.decimals < 0;
    default: return false;
  }
}

void write_operand(const Node& node, std::string& out) {
  const bool wrap = is_compound(node);
  if (wrap) out += '(';
  write(node, out);
  if (wrap) out += ')';
}

void write_number(const Node& node, std::string& out) {
  const std::string text =
      mpz_sizeinbase(node.value->get_num_mpz_t(), 10) > 200 ? "<long number>" : node.value->get_str();
  out += text;
}

void write_operands(const Node& node, std::string_view joint, std::string& out) {
  for (std::size_t i = 0; i < node.args.size() && out.size() < kMaxText; ++i) {
    if (i > 0) out += joint;
    write_operand(*node.args[i], out);
  }
}

void write(const Node& node, std::string& out) {
  if (out.size() >= kMaxText) return;
  switch (node.kind) {
    case Kind::number: write_number(node, out); break;
    case Kind::name:
    case Kind::text: out += node.name; break;
    case Kind::constant: out += kConstantNames[node.op]; break;
    case Kind::sum: write_joined(node, " + ", out); break;
    case Kind::product: write_operands(node, "*", out); break;
    case Kind::quotient: write_operands(node, "/", out); break;
    case Kind::power: write_operands(node, "^", out); break;
    case Kind::negate:
      out += '-';
      write_operand(*node.args[0], out);
      break;
    case Kind::plus_minus:
      out += node.op == 0 ? "+-" : "-+";
      write_operand(*node.args[0], out);
      break;
    case Kind::call:
      out += node.name + "(";
      write_joined(node, ", ", out);
      out += ')';
      break;
    case Kind::ratio: write_joined(node, " : ", out); break;
    case Kind::tuple:
      out += node.open;
      write_joined(node, ", ", out);
      out += node.close;
      break;
    case Kind::set:
      out += '{';
      write_joined(node, ", ", out);
      out += '}';
      break;
    case Kind::builder:
      out += '{';
      write_joined(node, " | ", out);
      out += '}';
      break;
    case Kind::list: write_joined(node, node.op == static_cast<uint8_t>(Joint::either) ? " or " : ", ", out); break;
    case Kind::relation:
      for (std::size_t i = 0; i < node.args.size() && out.size() < kMaxText; ++i) {
        if (i > 0) out += sign_text(node.name[i - 1]);
        write(*node.args[i], out);
      }
      break;
    case Kind::set_union: write_joined(node, " U ", out); break;
    case Kind::intersection: write_joined(node, " n ", out); break;
    case Kind::difference: write_joined(node, " \\ ", out); break;
    case Kind::matrix:
      out += "matrix" + std::to_string(node.rows) + "[";
      write_joined(node, ", ", out);
      out += ']';
      break;
  }
}

}  // namespace

Node* Tree::make(Kind kind, std::vector<const Node*> args) {
  budget_.spend(2, "expression size");
  Node& node = nodes_.emplace_back();
  node.kind = kind;
  node.args = std::move(args);
  for (const Node* arg : node.args) deepen(node, *arg);
  return &node;
}

void Tree::append(Node& node, const Node& arg) {
  budget_.spend(1, "expression size");
  node.args.push_back(&arg);
  deepen(node, arg);
}

void Tree::deepen(Node& node, const Node& arg) {
  node.depth = std::max(node.depth, arg.depth + 1);
  if (node.depth > kMaxDepth) throw BudgetExceeded{"nesting"};
}

Node* Tree::copy(const Node& node) {
  budget_.spend(2, "expression size");
  return &nodes_.emplace_back(node);
}

Node* Tree::number(mpq_class value) {
  Node* node = make(Kind::number);
  node->value = &values_.emplace_back(std::move(value));
  return node;
}

Node* Tree::name(std::string name) {
  Node* node = make(Kind::name);
  node->name = std::move(name);
  return node;
}

Node* Tree::constant(Constant constant) {
  Node* node = make(Kind::constant);
  node->op = static_cast<uint8_t>(constant);
  return node;
}

std::string to_text(const Node& node) {
  std::string out;
  write(node, out);
  if (out.size() > kMaxText) {
    out.resize(kMaxText);
    out += "...";
  }
  return out;
}

std::vector<std::string> variables(const Node& node) {
  std::vector<std::string> names;
  for_each_node(node, [&](const Node& n) {
    if (n.kind == Kind::name) names.push_back(n.name);
  });
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

bool contains(const Node& node, Constant constant) {
  bool found = false;
  for_each_node(node, [&](const Node& n) { found = found || n.is(constant); });
  return found;
}

bool is_integer(const Node& node) { return node.kind == Kind::number && node.value->get_den() == 1; }

}  // namespace hone::math
