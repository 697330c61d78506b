// Log lines to stderr: "12:34:56.789 info  text". The backend (spdlog) stays behind this header, since its bundled fmt and
// LibTorch's headers cannot meet in one file. Thread rule: any thread.
#pragma once

#include <sstream>
#include <string>
#include <string_view>

namespace hone {

enum class LogLevel { debug, info, warning, error, off };

void set_log_level(LogLevel level);
/// "debug", "info", "warning", "error", "off"; throws invalid_argument otherwise.
LogLevel log_level_from_string(std::string_view name);
/// Also append to this file ("" = none).
void set_log_file(const std::string& path);
void log_message(LogLevel level, const std::string& text);

/// Joins its arguments with operator<<: log_info("step ", 3, ": reward ", 0.5).
template <class... Parts>
std::string join(const Parts&... parts) {
  std::ostringstream out;
  (out << ... << parts);
  return out.str();
}
template <class... Parts>
void log_debug(const Parts&... parts) { log_message(LogLevel::debug, join(parts...)); }
template <class... Parts>
void log_info(const Parts&... parts) { log_message(LogLevel::info, join(parts...)); }
template <class... Parts>
void log_warning(const Parts&... parts) { log_message(LogLevel::warning, join(parts...)); }
template <class... Parts>
void log_error(const Parts&... parts) { log_message(LogLevel::error, join(parts...)); }

}  // namespace hone
