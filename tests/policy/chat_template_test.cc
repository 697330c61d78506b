#include "policy/chat_template.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "proto/base/error.h"
#include "proto/base/json.h"
#include "tests/proto/temporary_folder.h"

namespace hone {
namespace {

const char* const kMessages = R"([{"role":"user","content":"Hi"},{"role":"assistant","content":"Yo"}])";

std::string render(const std::string& jinja, const OrderedJson& variables = {}, const std::string& messages = kMessages, const ChatOptions& options = {}) {
  return ChatTemplate(jinja, "t", "<s>", std::nullopt).render(OrderedJson::parse(messages), variables, options);
}

std::string refusal(const std::string& jinja, const OrderedJson& variables = {}) {
  try {
    return "rendered: " + render(jinja, variables);
  } catch (const Error& e) {
    return e.what();
  }
}

// The expected texts of the next tests are what Jinja2 3.1.6 renders with trim_blocks and lstrip_blocks.
TEST(ChatTemplate, WhiteSpaceFollowsTrimAndLstripBlocks) {
  EXPECT_EQ(render("a\n  {% if true %}\n  b\n  {% endif %}\nc\n"), "a\n  b\nc");
  EXPECT_EQ(render("a\n  {%+ if true %}\nb{% endif +%}\nc"), "a\n  b\nc");
  EXPECT_EQ(render("a  {%- if true -%}  \n b  {%- endif %} c"), "ab c");
  EXPECT_EQ(render("x {# note #}\ny"), "x y");
  EXPECT_EQ(render("  {# note #}\n  y"), "  y");
  EXPECT_EQ(render("a {{- 1 -}} b\n{{ 2 }}\n"), "a1b\n2");
  EXPECT_EQ(render("{% raw %}{{ x }}{% endraw %}!"), "{{ x }}!");
  EXPECT_EQ(render("a\r\nb"), "a\nb");
}

TEST(ChatTemplate, ExpressionsKeepPythonsRules) {
  EXPECT_EQ(render("{{ 7 // 2 }} {{ -7 // 2 }} {{ -7 % 3 }} {{ 7 / 2 }} {{ 2 * 3 + 1 }} {{ 'a' ~ 1 ~ none }}"), "3 -4 2 3.5 7 a1None");
  EXPECT_EQ(render("{{ 'abcd'[1:3] }} {{ [1,2,3][::-1] }} {{ 'ab'[-1] }} {{ [1,2][5] is defined }} {{ 'éa'[0] }}"), "bc [3, 2, 1] b False é");
  EXPECT_EQ(render("{{ 1 if false }}|{{ 'x' if 0 else 'y' }}|{{ not x is defined }}|{{ 'b' in 'abc' and 3 not in [1, 2] }}"), "|y|True|True");
  EXPECT_EQ(render("{{ {'a': [1, 'x\\n'], 'b': none} }} {{ {'a': 1.0, 'b': true} | tojson }} {{ 'a\\u00e9\\x41' }}"),
            "{'a': [1, 'x\\n'], 'b': None} {\"a\": 1.0, \"b\": true} aéA");
  EXPECT_EQ(render("{{ messages[0].role }} {{ messages[0]['content'] }} {{ messages | length }} {{ bos_token }}{{ eos_token }}"), "user Hi 2 <s>");
  EXPECT_EQ(render("{{ '  a b '.strip() }}|{{ 'a,b,c'.split(',', 1) }}|{{ 'xaxx'.strip('x') }}|{{ ' a  b'.split() }}|{{ 'ab'.upper() | lower }}"), "a b|['a', 'b,c']|a|['a', 'b']|ab");
  EXPECT_EQ(render("{{ messages | map(attribute='role') | join('+') }} {{ messages | selectattr('role', 'equalto', 'user') | list | length }}"), "user+assistant 1");
}

TEST(ChatTemplate, ScopesAreJinjas) {
  EXPECT_EQ(render("{% set x = 1 %}{% for m in messages %}{% set x = 2 %}{{ x }}{% endfor %}{{ x }}"), "221");
  EXPECT_EQ(render("{% set x = 1 %}{% for m in messages %}{{ x }}{% set x = 2 %}{% endfor %}"), "11");
  EXPECT_EQ(render("{% if true %}{% set y = 3 %}{% endif %}{{ y }}"), "3");
  EXPECT_EQ(render("{% set ns = namespace(n=0) %}{% for m in messages %}{% set ns.n = ns.n + loop.index %}{% endfor %}{{ ns.n }}"), "3");
  EXPECT_EQ(render("{% set g = 'G' %}{% macro f(a, b='d') %}[{{ a }}{{ b }}{{ g }}{{ m }}]{% endmacro %}{% for m in [1] %}{{ f('x') }}{% endfor %}"), "[xdG]");
  EXPECT_EQ(render("{% for k, v in {'a': 1, 'b': 2}.items() if v > 1 %}{{ k }}{{ loop.last }}{% else %}none{% endfor %}"), "bTrue");
  EXPECT_EQ(render("{% for i in range(5) %}{% if i == 1 %}{% continue %}{% endif %}{% if i == 3 %}{% break %}{% endif %}{{ i }}{% endfor %}"), "02");
  EXPECT_EQ(render("{% set t %}a{{ 1 }}{% endset %}{{ t }}{{ t }}"), "a1a1");
}

TEST(ChatTemplate, ErrorsNameTheLine) {
  EXPECT_EQ(refusal("a\n{{ x.y }}"), "t:2: 'x' is undefined");
  EXPECT_EQ(refusal("{{ raise_exception('No.') }}"), "t:1: No.");
  EXPECT_EQ(refusal("\n\n{% if %}"), "t:3: expected a value");
  EXPECT_NE(refusal("{{ 'a' + 1 }}").find("'+' cannot take a string and an integer"), std::string::npos);
  EXPECT_NE(refusal("{% include 'x' %}").find("'include' is not supported"), std::string::npos);
  EXPECT_NE(refusal("{% for x in y %}").find("the template ends inside a block"), std::string::npos);
  EXPECT_NE(refusal("{{ 'a' | nonsense }}").find("no filter 'nonsense'"), std::string::npos);
  EXPECT_NE(refusal("{{ strftime_now('%Y') }}").find("asks for today's date"), std::string::npos);
  ChatOptions dated;
  dated.date = "2024-07-26";
  EXPECT_EQ(render("{{ strftime_now('%d %b %Y') }}", {}, kMessages, dated), "26 Jul 2024");
}

TEST(ChatTemplate, ValuesHaveNoCyclesAndNestWithinBounds) {
  EXPECT_NE(refusal("{% set n = namespace() %}{% set n.n = n %}{{ n }}").find("a namespace cannot be put into"), std::string::npos);
  EXPECT_NE(refusal("{% set n = namespace() %}{% set x = [n] %}").find("a namespace cannot be put into"), std::string::npos);
  EXPECT_NE(refusal("{% set n = namespace(x={}) %}{% for i in range(9999) %}{% set n.x = {'a': n.x.items} %}{% endfor %}").find("a function cannot be put into"), std::string::npos);
  EXPECT_NE(refusal("{% set n = namespace(x=1) %}{% for i in range(9999) %}{% set n.x = [n.x] %}{% endfor %}").find("nest deeper than 100"), std::string::npos);
  EXPECT_EQ(refusal("{% set n = namespace(x=1) %}{% for i in range(3) %}{% set n.x = [n.x] %}{% endfor %}{{ n.x }}"), "rendered: [[[1]]]");
  EXPECT_NE(refusal("{{ x }}", [] {
              OrderedJson deep = 1;
              for (int i = 0; i < 200; ++i) deep = OrderedJson::array({deep});
              return OrderedJson{{"x", deep}};
            }()).find("nested deeper than 90"), std::string::npos);
}

TEST(ChatTemplate, HostileTemplatesEndInAnErrorWithinTheirBounds) {
  for (const char* jinja : {"{% for a in range(100000) %}{% for b in range(100000) %}x{% endfor %}{% endfor %}", "{{ 'aaaaaaaaaaaaaaaa' * 99999999 }}",
                            "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}", "{{ range(999999999) }}", "{{ 99999999999999999 * 99999999999999999 }}",
                            "{{ 'a'[::0] }}", "{{ 1 // 0 }}", "{% for a in range(100000) %}{% set x = range(100000) %}{% endfor %}",
                            "{% set s = 'a' * 9999999 %}{% for a in range(100000) %}{% set x = s | replace('a', 'b') %}{% endfor %}", "{% set messages.x = 1 %}", "{{ '\\ud800' }}", "{{ [1][1:2:99999999999999999] ~ '' * -9 ~ x.y }}"})
    EXPECT_EQ(refusal(jinja).rfind("rendered", 0), std::string::npos) << jinja;
  std::string deep = "1", chain = "1", blocks;
  for (int i = 0; i < 100000; ++i) deep = "(" + deep, chain += "+1", blocks += "{% if 1 %}";
  for (const std::string& text : {"{{ " + deep + " }}", "{{ " + chain + " }}", blocks}) EXPECT_EQ(refusal(text).rfind("rendered", 0), std::string::npos);
  EXPECT_EQ(refusal("{% set x = [1] %}{{ [1][1:2:99999999999999999] }}"), "rendered: []");
}

// Every cut of a template, and every byte replaced, ends in a text or an Error: never in a crash.
TEST(ChatTemplate, BrokenTemplatesAreRefused) {
  const std::string whole =
      "{%- set ns = namespace(a=1) -%}{% for m in messages if m.role != 'x' %}{{ m['content'] | trim + \"\\n\" }}{% else %}-{% endfor %}"
      "{% macro f(a, b=2) %}{{ a ~ b }}{% endmacro %}{{ f(1) }}{# c #}{% if ns.a is defined and not false %}{{ [1, {'k': 2}][1].k }}{% endif %}";
  EXPECT_EQ(render(whole), "Hi\nYo\n122");
  for (std::size_t i = 0; i < whole.size(); ++i) {
    refusal(whole.substr(0, i));
    for (const char c : {'{', '}', '%', '\'', '(', ' ', '\xff', '\0', '-'}) {
      std::string changed = whole;
      changed[i] = c;
      refusal(changed);
    }
  }
}

TEST(ChatTemplate, ComesFromEitherFileOfAModelFolder) {
  const hone::TemporaryFolder dir;
  EXPECT_EQ(ChatTemplate::from_folder(dir.path()), nullptr);
  std::ofstream(dir.path() / "tokenizer_config.json") << R"({"bos_token":{"content":"<b>"},"eos_token":"<e>","chat_template":"{{bos_token}}A{{eos_token}}"})";
  EXPECT_EQ(ChatTemplate::from_folder(dir.path())->render(OrderedJson::array(), {}, {}), "<b>A<e>");
  std::ofstream(dir.path() / "chat_template.jinja") << "{{ messages[0].content }}{{ eos_token }}";
  EXPECT_EQ(ChatTemplate::from_folder(dir.path())->render(OrderedJson::parse(kMessages), {}, {}), "Hi<e>");
}

}  // namespace
}  // namespace hone
