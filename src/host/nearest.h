#pragma once
// "Did you mean": the known word that is nearest to what was typed.

#include <span>
#include <string>
#include <string_view>

namespace minivmm {

/// The candidate with the smallest edit distance (Damerau-Levenshtein, optimal string alignment),
/// or an empty string when none is near enough to be meant.
[[nodiscard]] std::string nearest(std::string_view typed, std::span<const std::string> candidates);

}  // namespace minivmm
