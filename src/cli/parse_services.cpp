// What users write for the console, shared folders and the balloon.

#include <fmt/core.h>

#include "cli/parse.h"
#include "minivmm/error.h"

namespace minivmm::cli {

CharConfig parse_console(std::string_view text) {
  return parse_line("console", text);
}

ShareConfig parse_share(std::string_view text) {
  constexpr std::string_view kTag = "tag=";
  const std::vector<std::string> parts = split_commas(text);
  ShareConfig share{.path = parts.front()};
  if (share.path.empty())
    throw ConfigError(
        fmt::format("'--share {}' names no folder: give DIR[,tag=NAME][,readonly]", text));
  for (auto part = parts.begin() + 1; part != parts.end(); ++part) {
    if (*part == "readonly") {
      share.read_only = true;
    } else if (part->starts_with(kTag)) {
      share.tag = part->substr(kTag.size());
    } else {
      throw ConfigError(
          fmt::format("'{}' in '--share {}' is unknown: give tag=NAME or readonly (a comma in a "
                      "path is written twice)",
                      *part, text));
    }
  }
  return share;
}

bool parse_balloon(std::string_view text) {
  if (text == "on") return true;
  if (text == "off") return false;
  throw ConfigError(fmt::format("'--balloon {}' is neither: give on or off", text));
}

}  // namespace minivmm::cli
