#include "rewards/plugin/plugin_library.h"

#include <dlfcn.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstring>
#include <filesystem>

#include "proto/base/error.h"
#include "rewards/rule.h"
#include "rewards/text.h"

namespace hone {
namespace {

constexpr std::size_t kDetailBytes = 512;
constexpr std::size_t kErrorBytes = 2048;
// The table as it was in the first version of the interface: a plug-in cannot have a smaller one.
constexpr std::size_t kSmallestTable = offsetof(hone_reward_plugin, destroy) + sizeof(void*);

hone_text text_of(const std::string& text) { return {text.data(), text.size()}; }

/// The C interface's room for a text, and the text in it.
template <std::size_t kCapacity>
struct Room {
  std::array<char, kCapacity> bytes;
  hone_text_buffer buffer{bytes.data(), kCapacity, 0};
};

/// What the plug-in wrote, whatever size it claims.
std::string text_in(const hone_text_buffer& buffer, const char* data, std::size_t capacity) {
  return excerpt({data, std::min(buffer.size, capacity)}, capacity);
}

uint32_t finish_code(FinishReason reason) {
  switch (reason) {
    case FinishReason::stop_token: return HONE_FINISH_STOP_TOKEN;
    case FinishReason::stop_string: return HONE_FINISH_STOP_STRING;
    case FinishReason::length: return HONE_FINISH_LENGTH;
    case FinishReason::cancelled: return HONE_FINISH_CANCELLED;
  }
  return HONE_FINISH_CANCELLED;
}

RewardComponent component_of(const hone_reward_result& result, std::string detail) {
  if (result.outcome == HONE_REWARD_SKIPPED) return skipped(std::move(detail));
  if (result.outcome == HONE_REWARD_ERROR)
    return failed(detail.empty() ? "the plug-in gave no score" : std::move(detail));
  if (result.outcome != HONE_REWARD_SCORED)
    return failed("the plug-in gave the unknown outcome " + std::to_string(result.outcome));
  if (!std::isfinite(result.score)) return failed("the plug-in's score is not finite");
  return scored(result.score, std::move(detail));
}

/// The library's table, no part of it beyond the size that it tells.
hone_reward_plugin read_table(const std::string& path) {
  const auto refuse = [&](const std::string& what) { throw Error(ErrorCode::invalid_argument, path + ": " + what); };
  if (!std::filesystem::is_regular_file(path)) refuse("there is no such plug-in library");
  void* library = dlopen(std::filesystem::absolute(path).c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!library) refuse(std::string("cannot be loaded: ") + dlerror());
  const auto entry = reinterpret_cast<hone_reward_plugin_entry>(dlsym(library, HONE_REWARD_ENTRY_NAME));
  if (!entry)
    refuse("is not a Hone reward plug-in: it has no symbol " HONE_REWARD_ENTRY_NAME
           " (HONE_REWARD_PLUGIN defines it; a plug-in for another version of the interface has another number)");
  const hone_reward_plugin* table = entry();
  if (!table) refuse("its entry gives no table");
  if (table->abi != HONE_REWARD_ABI)
    refuse("was built for interface version " + std::to_string(table->abi) + ", this program has version " +
           std::to_string(HONE_REWARD_ABI));
  if (table->struct_size < kSmallestTable)
    refuse("its table has " + std::to_string(table->struct_size) + " bytes, at least " +
           std::to_string(kSmallestTable) + " are needed");
  hone_reward_plugin copy{};
  std::memcpy(&copy, table, std::min<std::size_t>(table->struct_size, sizeof copy));
  if (!copy.name || !copy.version || !copy.create || !copy.score || !copy.destroy)
    refuse("its table lacks a name, a version or a function");
  return copy;
}

}  // namespace

PluginLibrary::PluginLibrary(const std::string& path, const std::string& settings_json) : plugin_(read_table(path)) {
  info_ = {excerpt(plugin_.name), excerpt(plugin_.version), (plugin_.flags & HONE_REWARD_EACH) != 0};
  Room<kErrorBytes> error;
  if (const int32_t code = plugin_.create(text_of(settings_json), &instance_, &error.buffer); code != 0) {
    const std::string reason = text_in(error.buffer, error.bytes.data(), kErrorBytes);
    throw Error(ErrorCode::invalid_argument,
                path + ": " + info_.name + " " + info_.version +
                    " refuses its settings: " + (reason.empty() ? "code " + std::to_string(code) : reason));
  }
}

PluginLibrary::~PluginLibrary() { plugin_.destroy(instance_); }

std::vector<RewardComponent> PluginLibrary::score(const Group& group) {
  const std::size_t count = group.completions.size();
  std::vector<hone_reward_completion> completions(count);
  std::vector<hone_reward_result> results(count);
  std::vector<std::array<char, kDetailBytes>> details(count);
  for (std::size_t i = 0; i < count; ++i) {
    const Completion& c = group.completions[i];
    completions[i] = {text_of(c.text), c.token_ids.data(), c.token_ids.size(), finish_code(c.finish_reason), 0};
    results[i] = {0.0, HONE_REWARD_ERROR, 0, {details[i].data(), kDetailBytes, 0}};
  }
  const Problem& p = group.problem;
  hone_reward_group request{sizeof(hone_reward_group),
                            text_of(p.id),
                            text_of(p.task),
                            text_of(p.prompt),
                            text_of(p.reference),
                            text_of(p.metadata_json),
                            completions.data(),
                            sizeof(hone_reward_completion),
                            results.data(),
                            sizeof(hone_reward_result),
                            count};
  Room<kErrorBytes> error;
  if (const int32_t code = plugin_.score(instance_, &request, &error.buffer); code != 0) {
    const std::string reason = text_in(error.buffer, error.bytes.data(), kErrorBytes);
    return for_all(group, failed(reason.empty() ? "the plug-in failed with code " + std::to_string(code) : reason));
  }
  std::vector<RewardComponent> components;
  for (std::size_t i = 0; i < count; ++i)
    components.push_back(component_of(results[i], text_in(results[i].detail, details[i].data(), kDetailBytes)));
  return components;
}

}  // namespace hone
