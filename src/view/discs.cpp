#include "view/discs.h"

#include <algorithm>
#include <cctype>
#include <fstream>
#include <set>
#include <string_view>
#include <system_error>

namespace minivmm::view {
namespace {

namespace fs = std::filesystem;

bool is_set(const char* value) {
  return value != nullptr && *value != '\0';
}

bool is_named_iso(const fs::path& path) {
  std::string extension = path.extension().native();
  std::ranges::transform(extension, extension.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return extension == ".iso";
}

void add_discs_of(const fs::path& folder, std::set<fs::path>& known, std::vector<Disc>& discs) {
  constexpr int kMostEntries = 20'000;  // Nobody shall wait for a folder with a million files.
  std::error_code error;
  const fs::path real = fs::canonical(folder, error);
  if (error) return;
  fs::directory_iterator entry(real, error);
  for (int i = 0; !error && entry != fs::directory_iterator() && i < kMostEntries; ++i) {
    std::error_code unreadable;
    const fs::path& path = entry->path();
    if (is_named_iso(path) && entry->is_regular_file(unreadable) && known.insert(path).second) {
      const auto written = entry->last_write_time(unreadable);
      if (!unreadable) discs.push_back({path, written});
    }
    entry.increment(error);
  }
}

// The length of the UTF-8 character at the text's beginning (RFC 3629); 0: there is none, or one
// that can't be drawn.
std::size_t character_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(0);
  if (first < 0x80) return first >= 0x20 && first != 0x7f ? 1 : 0;
  const std::size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return 0;
  }
  const bool too_long = (first == 0xe0 && byte(1) < 0xa0) || (first == 0xf0 && byte(1) < 0x90);
  const bool no_character = (first == 0xed && byte(1) > 0x9f) || (first == 0xf4 && byte(1) > 0x8f);
  return too_long || no_character ? 0 : length;
}

std::vector<std::string> characters(std::string_view text) {
  std::vector<std::string> all;
  while (!text.empty()) {
    const std::size_t length = character_length(text);
    all.emplace_back(length == 0 ? "?" : text.substr(0, length));
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return all;
}

// The value of a line XDG_DOWNLOAD_DIR="$HOME/..." or "/...", without its quotes; empty: another.
std::string download_value(std::string_view line) {
  constexpr std::string_view kBegin = "XDG_DOWNLOAD_DIR=\"";
  if (!line.starts_with(kBegin)) return {};
  std::string value;
  for (std::size_t i = kBegin.size(); i < line.size() && line[i] != '"'; ++i) {
    if (line[i] == '\\' && i + 1 < line.size()) ++i;
    value += line[i];
  }
  return value;
}

}  // namespace

std::vector<Disc> find_discs(const std::vector<fs::path>& folders) {
  std::set<fs::path> known;
  std::vector<Disc> discs;
  for (const fs::path& folder : folders) {
    if (!folder.empty()) add_discs_of(folder, known, discs);
  }
  std::ranges::stable_sort(discs, std::ranges::greater{}, &Disc::written);
  if (discs.size() > kMostDiscs) discs.erase(discs.begin() + kMostDiscs, discs.end());
  return discs;
}

fs::path download_folder(const char* home, const char* config) {
  if (!is_set(home)) return {};
  const fs::path folder = is_set(config) ? fs::path(config) : fs::path(home) / ".config";
  std::ifstream file(folder / "user-dirs.dirs");
  constexpr std::string_view kHome = "$HOME/";
  for (std::string line; std::getline(file, line);) {
    const std::string value = download_value(line);
    if (value.starts_with(kHome)) return fs::path(home) / value.substr(kHome.size());
    if (value.starts_with('/')) return value;
  }
  return fs::path(home) / "Downloads";
}

std::string printable(const std::string& text) {
  std::string drawn;
  for (const std::string& character : characters(text)) drawn += character;
  return drawn;
}

std::string shown(const std::string& name, Keep keep) {
  constexpr std::size_t kRoom = 48;
  const std::vector<std::string> all = characters(name);
  const bool fits = all.size() <= kRoom;
  const std::size_t first = fits || keep == Keep::kBeginning ? 0 : all.size() - kRoom + 1;
  const std::size_t end = fits || keep == Keep::kEnd ? all.size() : kRoom - 1;
  std::string text = first > 0 ? "…" : "";
  for (std::size_t i = first; i < end; ++i) text += all[i];
  return end < all.size() ? text + "…" : text;
}

}  // namespace minivmm::view
