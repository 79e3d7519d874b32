#pragma once
// Regular expressions that a user gives and a guest's output is searched with.

#include <regex>
#include <string>
#include <string_view>

namespace minivmm {

enum class Lines { kOne, kMany };

/// ECMAScript, without back-references: the search takes polynomial time and no deep recursion
/// whatever a guest says. With Lines::kMany, ^ and $ are the ends of any line.
/// Throws ConfigError, naming the option that it is for.
[[nodiscard]] std::regex compile_expression(std::string_view option, const std::string& pattern,
                                            Lines lines);

}  // namespace minivmm
