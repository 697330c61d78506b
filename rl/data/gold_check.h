// Does the verifier accept the data's own answers? A reference that it cannot read gives no reward to anyone, and one that fails against
// itself gives none to the right answer.
//
// The published solution is scored (rl/data/data_format.h), or, for rows that name their own fields, the reference in each form in which a
// model may write it: as it is, in \boxed{}, in <answer></answer>, after "The answer is"; one right form is enough.
// Thread rule: check() from one thread.
#pragma once

#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "rewards/rewarder.h"

namespace hone {

struct GoldVerdict {
  enum class Kind : uint8_t {
    right,
    unusable,  // skipped: the rule finds no answer in the reference
    fails,     // no form scores 1
    error,     // the rule itself failed
  };
  Kind kind = Kind::right;
  std::string detail;  // the rule's reason
};

class GoldCheck {
 public:
  /// `rewards`: as rewards.functions; `format`: name of a data format. Throws invalid_argument.
  GoldCheck(const std::string& rewards, std::string format);
  /// `row`: the adapted row. Throws invalid_argument as DataFormat::solution.
  GoldVerdict check(const Problem& problem, const nlohmann::json& row, const std::string& where) const;

 private:
  std::unique_ptr<Rewarder> rewarder_;
  std::string format_;
};

}  // namespace hone
