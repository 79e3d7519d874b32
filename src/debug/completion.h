#pragma once
// What a user's Tab may complete a line to.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "debug/debugger.h"

namespace minivmm::debug {

struct Completion {
  std::size_t begun = 0;             ///< So many characters of the word are typed already.
  std::vector<std::string> words{};  ///< Each begins with them; sorted.

  /// What all words go on with, behind what is typed.
  [[nodiscard]] std::string common_rest() const;
};

/// The last word of what is typed: a command, or what that command takes. While the machine stands.
[[nodiscard]] Completion complete(Debugger& debugger, std::string_view typed);

}  // namespace minivmm::debug
