#pragma once
// The reference for disk images: qemu-img, where it is installed.

#include <stdio.h>
#include <sys/wait.h>

#include <array>
#include <catch2/catch.hpp>
#include <stdexcept>
#include <string>

namespace minivmm::test {

struct ToolResult {
  int status = -1;
  std::string output{};  ///< Errors too.
};

inline ToolResult run_tool(const std::string& command) {
  FILE* pipe = ::popen((command + " 2>&1").c_str(), "r");
  if (pipe == nullptr) throw std::runtime_error("popen: " + command);
  ToolResult result;
  std::array<char, 4096> buffer{};
  while (const std::size_t got = ::fread(buffer.data(), 1, buffer.size(), pipe))
    result.output.append(buffer.data(), got);
  const int status = ::pclose(pipe);
  result.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return result;
}

/// Tells the reader of the test's output if it isn't there.
inline bool has_qemu_img() {
  static const bool found = run_tool("qemu-img --version").status == 0;
  if (!found) WARN("SKIPPED: qemu-img is not here (package qemu-utils)");
  return found;
}

/// qemu-img with these arguments has to succeed; answers what it says.
inline std::string qemu_img(const std::string& arguments) {
  const ToolResult result = run_tool("qemu-img " + arguments);
  INFO("qemu-img " << arguments << "\n" << result.output);
  REQUIRE(result.status == 0);
  return result.output;
}

/// What a check finds: 0 nothing, 2 corruptions, 3 leaks only.
inline int check_image(const std::string& path) {
  const ToolResult result = run_tool("qemu-img check -f qcow2 '" + path + "'");
  if (result.status != 0) UNSCOPED_INFO(result.output);
  return result.status;
}

}  // namespace minivmm::test
