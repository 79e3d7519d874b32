#if defined(__GNUC__) && !defined(__clang__)
// g++ 12 with a sanitizer takes a union inside its own <regex> for uninitialised.
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif

#include "backends/expression.h"

#include <fmt/core.h>

#include "minivmm/error.h"

namespace minivmm {

std::regex compile_expression(std::string_view option, const std::string& pattern, Lines lines) {
  try {
    // libstdc++'s polynomial matcher: a guest must not be able to make the search take forever, or
    // recurse until the stack ends, by what it prints.
    auto flags = std::regex::ECMAScript | std::regex_constants::__polynomial;
    if (lines == Lines::kMany) flags |= std::regex::multiline;
    return std::regex(pattern, flags);
  } catch (const std::regex_error& error) {
    throw ConfigError(
        fmt::format("{} '{}': not a regular expression: {} (ECMAScript syntax, without "
                    "back-references; a literal . * + ? ( [ {{ needs a \\ before it)",
                    option, pattern, error.what()));
  }
}

}  // namespace minivmm
