#include "rewards/code/isolation.h"

namespace hone {
namespace {

std::string with_reason(const Layer& layer) { return layer.name + (layer.reason.empty() ? "" : " (" + layer.reason + ")"); }

void append(std::string& list, const std::string& item) { list += (list.empty() ? "" : ", ") + item; }

}  // namespace

std::string Layers::missing() const {
  std::string list;
  for (const Layer& layer : all)
    if (layer.required && !layer.active) append(list, with_reason(layer));
  return list;
}

bool Layers::active(const std::string& name) const {
  for (const Layer& layer : all)
    if (layer.name == name) return layer.active;
  return false;
}

std::string Layers::describe() const {
  std::string present, absent;
  for (const Layer& layer : all) append(layer.active ? present : absent, layer.active ? layer.name : with_reason(layer));
  return (present.empty() ? "none" : present) + (absent.empty() ? "" : "; absent: " + absent);
}

}  // namespace hone
