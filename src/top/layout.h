#pragma once
// A sample as rows of text, for a terminal of any size.

#include <string>
#include <vector>

#include "minivmm/live_sample.h"

namespace minivmm::top {

struct Size {
  unsigned columns = 80;
  unsigned rows = 24;
};

struct Row {
  enum class Look { kPlain, kTitle, kHeading };
  std::string text{};  ///< ASCII: a character is a column.
  Look look = Look::kPlain;
};

/// size.rows rows of at most size.columns characters each. What there is no room for is left out:
/// first the quieter registers and devices, then processors, then all but the title.
[[nodiscard]] std::vector<Row> lay_out(const std::string& machine, const LiveSample& sample,
                                       Size size);

/// As many rows as all of it needs, in so many columns.
[[nodiscard]] Size size_of_all(const LiveSample& sample, unsigned columns);

}  // namespace minivmm::top
