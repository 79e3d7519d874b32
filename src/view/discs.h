#pragma once
// The images of discs that a person is likely to mean.

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

namespace minivmm::view {

struct Disc {
  std::filesystem::path path;  ///< Absolute.
  std::filesystem::file_time_type written{};
};

/// So many fit a small screen, and each has a digit for its key.
inline constexpr std::size_t kMostDiscs = 9;

/// The newest kMostDiscs files named *.iso (or *.ISO) in these folders, newest first, each once.
/// What can't be read is left out. Blocks as long as the folders' file systems do.
[[nodiscard]] std::vector<Disc> find_discs(const std::vector<std::filesystem::path>& folders);

/// The user's, as xdg-user-dirs has it (user-dirs.dirs(5)), else ~/Downloads; empty without a home.
/// home, config: the values of HOME and XDG_CONFIG_HOME; null or empty: not set.
[[nodiscard]] std::filesystem::path download_folder(const char* home, const char* config);

enum class Keep { kBeginning, kEnd };

/// A file's name as it can be drawn in a row of a panel: UTF-8 (bytes that are none are "?"), and
/// with an ellipsis where it is too long.
[[nodiscard]] std::string shown(const std::string& name, Keep keep);

/// The same for a text that is not shortened.
[[nodiscard]] std::string printable(const std::string& text);

}  // namespace minivmm::view
