#pragma once
// The file of a trace: text, in large pieces.

#include <fmt/format.h>

#include <string>

#include "host/unique_fd.h"

namespace minivmm::debug {

/// Errors: the constructor throws ConfigError where the file can't be made; a write that fails is
/// told once in the log, and nothing more is written.
class TraceFile {
 public:
  /// option: for messages, as "--trace".
  TraceFile(std::string option, std::string path);

  template <typename... Arguments>
  void print(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
    fmt::format_to(std::back_inserter(text_), format, std::forward<Arguments>(arguments)...);
  }
  void flush();

 private:
  const std::string option_;
  const std::string path_;
  UniqueFd file_;
  fmt::memory_buffer text_;
};

}  // namespace minivmm::debug
