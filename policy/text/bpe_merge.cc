#include <cstddef>
#include <functional>
#include <queue>
#include <tuple>
#include <utility>

#include "policy/text/bpe_model.h"

namespace hone {
namespace {

constexpr uint32_t kNone = UINT32_MAX;

struct Symbol {
  int32_t id = -1;  // -1 once joined to its left neighbour
  uint32_t previous = kNone;
  uint32_t next = kNone;
};

struct Candidate {
  uint32_t rank = 0;
  uint32_t position = 0;
  int32_t merged = -1;
};

struct LaterFirst {
  bool operator()(const Candidate& a, const Candidate& b) const {
    return std::tie(a.rank, a.position) > std::tie(b.rank, b.position);
  }
};

// A doubly linked list of symbols and a heap of the merges that may apply. A heap entry goes stale when a neighbour
// changes; it is recognised when it comes up, because its pair no longer merges to the same id.
class Merger {
 public:
  Merger(const MergeTable& merges, const std::vector<int32_t>& ids) : merges_(merges), symbols_(ids.size()) {
    const auto n = static_cast<uint32_t>(ids.size());
    for (uint32_t i = 0; i < n; ++i) symbols_[i] = {ids[i], i == 0 ? kNone : i - 1, i + 1 < n ? i + 1 : kNone};
    std::vector<Candidate> candidates;
    for (uint32_t i = 0; i < n; ++i) {
      if (const Merge* merge = merge_at(i)) candidates.push_back({merge->rank, i, merge->id});
    }
    heap_ = Heap(LaterFirst{}, std::move(candidates));
  }

  void run() {
    while (!heap_.empty()) {
      const Candidate top = heap_.top();
      heap_.pop();
      const Merge* merge = merge_at(top.position);
      if (merge == nullptr || merge->id != top.merged) continue;
      join(top);
    }
  }

  void collect(std::vector<int32_t>& out) const {
    out.clear();
    for (const Symbol& symbol : symbols_) {
      if (symbol.id >= 0) out.push_back(symbol.id);
    }
  }

 private:
  using Heap = std::priority_queue<Candidate, std::vector<Candidate>, LaterFirst>;

  const Merge* merge_at(uint32_t position) const {
    const Symbol& symbol = symbols_[position];
    if (symbol.id < 0 || symbol.next == kNone) return nullptr;
    return merges_.find(symbol.id, symbols_[symbol.next].id);
  }

  void push(uint32_t position) {
    if (const Merge* merge = merge_at(position)) heap_.push({merge->rank, position, merge->id});
  }

  void join(const Candidate& candidate) {
    Symbol& left = symbols_[candidate.position];
    Symbol& right = symbols_[left.next];
    left.id = candidate.merged;
    left.next = right.next;
    right.id = -1;
    if (left.next != kNone) symbols_[left.next].previous = candidate.position;
    if (left.previous != kNone) push(left.previous);
    push(candidate.position);
  }

  const MergeTable& merges_;
  std::vector<Symbol> symbols_;
  Heap heap_;
};

}  // namespace

void apply_merges(const MergeTable& merges, std::vector<int32_t>& symbols) {
  if (symbols.size() < 2) return;
  Merger merger(merges, symbols);
  merger.run();
  merger.collect(symbols);
}

}  // namespace hone
