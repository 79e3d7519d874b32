#include "cli/disk/command.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/disk/actions.h"
#include "cli/parse.h"
#include "host/nearest.h"
#include "minivmm/block_backend.h"
#include "minivmm/error.h"

namespace minivmm::cli::disk {
namespace {

constexpr const char* kHelp =
    "minivmm disk create FILE SIZE     makes an empty disk, which takes space as it is filled\n"
    "minivmm disk info FILE            tells what an image is\n"
    "minivmm disk resize FILE SIZE     gives a disk another size\n"
    "minivmm disk convert FROM TO      copies a disk into a new image\n"
    "\n"
    "  --format raw|qcow2     Of the image that create and convert make; if not said, qcow2 where\n"
    "                         its name ends in .qcow2, else raw\n"
    "  --force                Replace FILE or TO if it exists; let resize cut off the disk's end\n"
    "  --json                 What info tells, for programs\n"
    "  --help                 Prints this\n"
    "\n"
    "SIZE is a whole number with K, M, G or T after it. An image that exists is named as for\n"
    "--disk: FILE[,format=raw|qcow2][,backing=on].\n";

struct Words {
  std::vector<std::string> plain{};
  std::string format{};
  bool force = false;
  bool json = false;
};

Words parse(std::span<const char* const> args) {
  static const std::vector<std::string> kOptions{"--format", "--force", "--json", "--help"};
  Words words;
  for (std::size_t i = 0; i < args.size(); ++i) {
    const std::string_view word = args[i];
    if (word == "--force") {
      words.force = true;
    } else if (word == "--json") {
      words.json = true;
    } else if (word == "--format" && i + 1 < args.size()) {
      words.format = args[++i];
    } else if (word.starts_with("--format=")) {
      words.format = word.substr(9);
    } else if (word == "--format") {
      throw ConfigError("--format names no format: give raw or qcow2");
    } else if (word.starts_with("-")) {
      const std::string meant = nearest(std::string(word), kOptions);
      throw ConfigError(fmt::format(
          "option '{}' is unknown: {}", word,
          meant.empty() ? "minivmm disk --help lists them all" : "did you mean " + meant + "?"));
    } else {
      words.plain.emplace_back(word);
    }
  }
  return words;
}

DiskFormat parse_format(const std::string& text) {
  if (text.empty()) return DiskFormat::kByName;
  if (text == "raw") return DiskFormat::kRaw;
  if (text == "qcow2") return DiskFormat::kQcow2;
  throw ConfigError(fmt::format("format '{}' is unknown: give raw or qcow2", text));
}

// Guests address sectors, so a disk is made of whole ones.
std::uint64_t parse_disk_size(const std::string& text) {
  const std::uint64_t size = parse_size(text);
  constexpr std::uint64_t kMost = std::uint64_t{1} << 62;
  if (size > kMost) throw ConfigError(fmt::format("size '{}' is more than any disk has", text));
  if (size % kSectorSize != 0)
    throw ConfigError(fmt::format("size '{}' is not a multiple of 512 bytes, as disks are: give {}",
                                  text, (size / kSectorSize + 1) * kSectorSize));
  return size;
}

struct Action {
  std::string_view name;
  std::string_view operands;
  std::size_t count;
};
constexpr std::array kActions{Action{"create", "FILE SIZE", 2}, Action{"info", "FILE", 1},
                              Action{"resize", "FILE SIZE", 2}, Action{"convert", "FROM TO", 2}};

const Action& find_action(const std::vector<std::string>& plain) {
  if (plain.empty())
    throw ConfigError("minivmm disk does nothing by itself: give create, info, resize or convert");
  const auto* action = std::ranges::find(kActions, plain.front(), &Action::name);
  if (action == kActions.end())
    throw ConfigError(fmt::format(
        "minivmm disk knows no '{}': give create, info, resize or convert", plain.front()));
  if (plain.size() != action->count + 1)
    throw ConfigError(fmt::format("minivmm disk {} takes {}", action->name, action->operands));
  return *action;
}

}  // namespace

int run(std::span<const char* const> args) {
  const auto asks_help = [](std::string_view word) { return word == "--help" || word == "-h"; };
  if (std::ranges::any_of(args, asks_help)) {
    fmt::print("{}", kHelp);
    return 0;
  }
  const Words words = parse(args);
  const Action& action = find_action(words.plain);
  const std::string& first = words.plain[1];
  const DiskFormat format = parse_format(words.format);
  const bool makes = action.name == "create" || action.name == "convert";
  if (!makes && format != DiskFormat::kByName)
    throw ConfigError(fmt::format("--format is for images that are made: give '{},format={}'",
                                  first, words.format));
  const Existing existing = words.force ? Existing::kReplace : Existing::kKeep;
  if (action.name == "create")
    create({.path = first, .format = format}, parse_disk_size(words.plain[2]), existing);
  if (action.name == "info") info(parse_disk(first), words.json ? Form::kJson : Form::kText);
  if (action.name == "resize")
    resize(parse_disk(first), parse_disk_size(words.plain[2]),
           words.force ? Shrink::kAllowed : Shrink::kRefused);
  if (action.name == "convert")
    convert(parse_disk(first), {.path = words.plain[2], .format = format}, existing);
  return 0;
}

}  // namespace minivmm::cli::disk
