// hone-plugin-host: runs one reward plug-in for hone, which starts it, talks to it over its standard streams
// (rewards/plugin/plugin_protocol.h), kills it when an answer takes too long and starts another when it has crashed.
#include <unistd.h>

#include <cstdio>
#include <iostream>
#include <istream>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "proto/base/error.h"
#include "rewards/plugin/plugin_library.h"
#include "rewards/plugin/plugin_protocol.h"

namespace {

/// The answers' stream: a copy of standard output, which then becomes standard error, so that what a plug-in prints cannot
/// be taken for an answer.
std::FILE* take_output() {
  std::FILE* answers = fdopen(dup(STDOUT_FILENO), "w");
  dup2(STDERR_FILENO, STDOUT_FILENO);
  return answers;
}

std::string open_library(const std::string& line, std::unique_ptr<hone::PluginLibrary>& library) {
  const std::vector<std::string> fields = hone::split_fields(line);
  if (fields.size() != 3 || fields[0] != "open") return hone::join_fields({"bad", "not a request of hone"});
  try {
    library = std::make_unique<hone::PluginLibrary>(fields[1], fields[2]);
    const hone::PluginInfo& info = library->info();
    return hone::join_fields({"ok", info.name, info.version, info.each ? "1" : "0"});
  } catch (const std::exception& e) {
    return hone::join_fields({"bad", e.what()});
  }
}

std::string score(const std::string& line, hone::PluginLibrary& library) {
  const auto request = hone::read_score_request(line);
  if (!request) return "bad";
  return hone::write_score_reply(request->number, library.score(request->group));
}

}  // namespace

int main() {
  std::FILE* answers = take_output();
  std::unique_ptr<hone::PluginLibrary> library;
  for (std::string line; std::getline(std::cin, line);) {
    const std::string answer = (library ? score(line, *library) : open_library(line, library)) + "\n";
    if (std::fwrite(answer.data(), 1, answer.size(), answers) != answer.size() || std::fflush(answers) != 0) return 1;
  }
  return 0;
}
