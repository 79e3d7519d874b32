#pragma once
// A sample for programs.

#include <string>

#include "minivmm/live_sample.h"

namespace minivmm::top {

struct Name {
  std::string machine{};  ///< Printable ASCII.
  int pid = 0;
};

/// A JSON object in one line, without the line's end. Rates are per second, "busy" is a share of
/// one processor of the host, from 0 to 1.
[[nodiscard]] std::string json_line(const Name& name, const LiveSample& sample);

}  // namespace minivmm::top
