#pragma once
// A sample for programs.

#include <string>

#include "minivmm/live_sample.h"

namespace minivmm::top {

/// A JSON object in one line, without the line's end. Rates are per second, "busy" is a share of
/// one processor of the host, from 0 to 1.
[[nodiscard]] std::string json_line(const std::string& machine, const LiveSample& sample);

}  // namespace minivmm::top
