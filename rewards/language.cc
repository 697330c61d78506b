// "language": language consistency as in DeepSeek-R1 (arXiv:2501.12948, section 2.3.2: the share of the target language in the
// chain of thought), by writing system: letters of the wanted scripts / all letters. Scripts are Unicode's; a letter that
// several scripts use (Script_Extensions) counts for each. Digits, punctuation and the names of LaTeX commands (\frac) belong to
// no language and are left out; so a text without letters is skipped.
#include <unicode/uchar.h>
#include <unicode/uscript.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <array>

#include "rewards/rule.h"
#include "rewards/text.h"

namespace hone {
namespace {

struct Letters {
  int64_t wanted = 0;
  int64_t all = 0;
};

class Language final : public RewardFunction {
 public:
  Language(std::vector<UScriptCode> scripts, bool thought_only)
      : scripts_(std::move(scripts)), thought_only_(thought_only) {}

  std::vector<RewardComponent> score(const Group& group) const override {
    return for_each_completion(group, [&](const Completion& completion) {
      std::string_view text = completion.text;
      if (thought_only_) text = text.substr(0, text.rfind("</think>"));
      const Letters letters = count(text);
      if (letters.all == 0) return skipped("no letters");
      return scored(static_cast<double>(letters.wanted) / static_cast<double>(letters.all),
                    std::to_string(letters.wanted) + " of " + std::to_string(letters.all) + " letters");
    });
  }

 private:
  Letters count(std::string_view text) const {
    Letters letters;
    const auto* bytes = reinterpret_cast<const uint8_t*>(text.data());
    const auto size = static_cast<int64_t>(text.size());
    for (int64_t i = 0; i < size;) {
      UChar32 c = 0;
      U8_NEXT(bytes, i, size, c);
      if (c == '\\') {
        while (i < size && is_letter(text[static_cast<std::size_t>(i)])) ++i;
      } else if (c >= 0 && u_isalpha(c)) {
        ++letters.all;
        letters.wanted += is_wanted(c) ? 1 : 0;
      }
    }
    return letters;
  }

  bool is_wanted(UChar32 c) const {
    return std::any_of(scripts_.begin(), scripts_.end(),
                       [c](UScriptCode script) { return uscript_hasScript(c, script); });
  }

  std::vector<UScriptCode> scripts_;
  bool thought_only_;
};

}  // namespace

std::unique_ptr<RewardFunction> make_language(Settings& settings) {
  static constexpr std::array<std::string_view, 2> kParts{"all", "thought"};
  std::vector<UScriptCode> scripts;
  for (const std::string& name : settings.texts("scripts", {"Latin"})) {
    const int code = u_getPropertyValueEnum(UCHAR_SCRIPT, name.c_str());
    if (code == UCHAR_INVALID_CODE)
      settings.fail("scripts",
                    "unknown script '" + excerpt(name) + "'; give Unicode's names, for example Latin, Han, Cyrillic");
    scripts.push_back(static_cast<UScriptCode>(code));
  }
  const bool thought_only = settings.choice("part", kParts, "all") == "thought";
  return std::make_unique<Language>(std::move(scripts), thought_only);
}

}  // namespace hone
