// The help of every setting that docs/algorithms.md lists names the paper that the page names.
#include <gtest/gtest.h>

#include <map>
#include <regex>
#include <sstream>
#include <string>
#include <vector>

#include "proto/base/file.h"
#include "rl/config.h"

namespace hone {
namespace {

using Row = std::vector<std::string>;

/// The rows of all Markdown tables of a page, but for their heads.
std::vector<Row> table_rows(const std::string& page) {
  std::vector<Row> out;
  std::istringstream lines(page);
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("| ") || line.starts_with("| ---")) continue;
    Row row;
    for (std::size_t begin = 2, end; (end = line.find(" |", begin)) != std::string::npos; begin = end + 3) row.push_back(line.substr(begin, end - begin));
    out.push_back(row);
  }
  return out;
}

std::vector<std::string> matches(const std::string& text, const char* pattern) {
  const std::regex regex(pattern);
  std::vector<std::string> out;
  for (std::sregex_iterator it(text.begin(), text.end(), regex), end; it != end; ++it) out.push_back(it->str(it->size() - 1));
  return out;
}

/// "grpo.beta" -> its help.
std::map<std::string, std::string> help_of_settings() {
  TrainConfig config;
  std::map<std::string, std::string> out;
  for (const Row& row : table_rows(config_help([&](ConfigVisitor& v) { visit(v, config); }, true)))
    for (const std::string& name : matches(row.front(), "^`([a-z_.]+)`$")) out[name] = row.back();
  return out;
}

/// What the help must contain: the arXiv numbers, else TRL's or the author's name.
std::vector<std::string> sources(const std::string& paper) {
  std::vector<std::string> ids = matches(paper, "(arXiv:[0-9.]+[0-9])");
  if (ids.empty() && paper != "—") ids.push_back(paper.find("TRL") != std::string::npos ? "TRL" : paper);
  return ids;
}

TEST(AlgorithmHelp, NamesThePaperOfThePage) {
  const auto help = help_of_settings();
  ASSERT_TRUE(help.contains("grpo.loss_type"));
  int settings = 0, types = 0;
  for (const Row& row : table_rows(read_file(HONE_SOURCE_DIR "/docs/algorithms.md"))) {
    if (row.size() != 4 || row[2] == "paper" || row[2] == "aggregate") continue;  // heads
    std::string section = "grpo.";
    for (const std::string& name : matches(row[0], "`([a-z_.]+)`")) {
      const std::size_t dot = name.find('.');
      if (dot != std::string::npos) section = name.substr(0, dot + 1);
      const std::string full = dot != std::string::npos ? name : section + name;
      ASSERT_TRUE(help.contains(full)) << full << " is no setting";
      for (const std::string& source : sources(row[2])) EXPECT_NE(help.at(full).find(source), std::string::npos) << full << " does not name " << source << ": " << help.at(full);
      ++settings;
    }
    if (row[0].find('`') != std::string::npos) continue;
    for (const std::string& source : sources(row[3])) EXPECT_NE(help.at("grpo.loss_type").find(row[0] + " (" + source + ")"), std::string::npos) << row[0] << " " << source;
    ++types;
  }
  EXPECT_GE(settings, 25);
  EXPECT_EQ(types, 8);
}

}  // namespace
}  // namespace hone
