#include "cli/parse.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "minivmm/error.h"

namespace minivmm::cli {
namespace {

constexpr std::string_view kSizeHelp =
    "a whole number with K, M, G or T after it, as in 512M or 2G";
constexpr std::size_t kBlkIdBytes = 20;  // virtio 1.2, 5.2.6.1: VIRTIO_BLK_ID_BYTES.

char upper(char c) {
  return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}

// The power of 1024 that a suffix stands for, or -1.
int size_power(std::string_view suffix) {
  if (suffix.empty()) return 0;
  const auto power = std::string_view("BKMGTPE").find(upper(suffix.front()));
  if (power == std::string_view::npos) return -1;
  const std::string_view rest = suffix.substr(1);
  const bool known = rest.empty() || (power > 0 && (rest == "iB" || rest == "B"));
  return known ? static_cast<int>(power) : -1;
}

CharConfig with_path(CharKind kind, std::string_view path, std::string_view text) {
  if (path.empty())
    throw ConfigError(fmt::format("'{}' names no path: write it after the colon", text));
  return {kind, std::string(path)};
}

DiskBus parse_bus(std::string_view text) {
  if (text == "virtio") return DiskBus::kVirtio;
  if (text == "ide") return DiskBus::kIde;
  throw ConfigError(
      fmt::format("disk option 'bus={}' is unknown: give bus=ide or bus=virtio", text));
}

}  // namespace

std::vector<std::string> split_commas(std::string_view text) {
  std::vector<std::string> parts(1);
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != ',') {
      parts.back() += text[i];
    } else if (i + 1 < text.size() && text[i + 1] == ',') {
      parts.back() += text[i++];
    } else {
      parts.emplace_back();
    }
  }
  return parts;
}

std::uint64_t parse_size(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc::result_out_of_range)
    throw ConfigError(
        fmt::format("size '{}' is more than any machine has: give {}", text, kSizeHelp));
  const auto digits = static_cast<std::size_t>(end - text.data());
  const int power = error == std::errc() ? size_power(text.substr(digits)) : -1;
  if (power < 0)
    throw ConfigError(fmt::format("size '{}' is not understood: give {}", text, kSizeHelp));
  const int shift = 10 * power;
  if (number == 0) throw ConfigError(fmt::format("size '{}' is nothing: give {}", text, kSizeHelp));
  if (number > (~std::uint64_t{0} >> shift))
    throw ConfigError(
        fmt::format("size '{}' is more than any machine has: give {}", text, kSizeHelp));
  return number << shift;
}

std::chrono::nanoseconds parse_duration(std::string_view text) {
  static constexpr std::array<std::pair<std::string_view, double>, 6> kUnits{
      {{"", 1e9}, {"ms", 1e6}, {"us", 1e3}, {"s", 1e9}, {"m", 60e9}, {"h", 3600e9}}};
  constexpr double kLongest = 3600e9 * 24 * 365;
  double number = 0;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
  const std::string_view unit = text.substr(static_cast<std::size_t>(end - text.data()));
  const auto* known = std::ranges::find(kUnits, unit, &decltype(kUnits)::value_type::first);
  if (error != std::errc() || known == kUnits.end() || !std::isfinite(number))
    throw ConfigError(fmt::format(
        "time '{}' is not understood: give a number and ms, s, m or h, as in 10s", text));
  const double nanoseconds = number * known->second;
  if (nanoseconds < 1 || nanoseconds > kLongest)
    throw ConfigError(
        fmt::format("time '{}' is out of range: give more than 0 and at most a year", text));
  return std::chrono::nanoseconds(static_cast<std::int64_t>(nanoseconds));
}

DiskConfig parse_disk(std::string_view text) {
  const std::vector<std::string> parts = split_commas(text);
  DiskConfig disk{.path = parts.front()};
  if (disk.path.empty())
    throw ConfigError(fmt::format(
        "disk '{}' names no file: give PATH[,readonly][,direct][,serial=ID][,bus=ide]", text));
  for (auto part = parts.begin() + 1; part != parts.end(); ++part) {
    if (*part == "readonly") {
      disk.read_only = true;
    } else if (*part == "direct") {
      disk.direct = true;
    } else if (part->starts_with("serial=")) {
      disk.serial = part->substr(7);
    } else if (*part == "format=raw") {
      disk.format = DiskFormat::kRaw;
    } else if (*part == "format=qcow2") {
      disk.format = DiskFormat::kQcow2;
    } else if (*part == "backing=on" || *part == "backing=off") {
      disk.backing = *part == "backing=on";
    } else if (part->starts_with("bus=")) {
      disk.bus = parse_bus(part->substr(4));
    } else {
      throw ConfigError(
          fmt::format("disk option '{}' is unknown: give format=raw|qcow2, backing=on, bus=ide, "
                      "readonly, direct or serial=ID (a comma in a path is written twice)",
                      *part));
    }
  }
  if (disk.serial.size() > kBlkIdBytes)
    throw ConfigError(
        fmt::format("disk serial '{}' is too long: at most {} bytes", disk.serial, kBlkIdBytes));
  return disk;
}

CdromConfig parse_cdrom(std::string_view text) {
  const std::vector<std::string> parts = split_commas(text);
  CdromConfig cdrom{.path = parts.front()};
  if (cdrom.path.empty())
    throw ConfigError(
        fmt::format("CD '{}' names no file: give the path of an ISO image, or none", text));
  for (auto part = parts.begin() + 1; part != parts.end(); ++part) {
    if (*part != "any")
      throw ConfigError(fmt::format(
          "CD option '{}' is unknown: give any, or nothing (a comma in a path is written twice)",
          *part));
    cdrom.any = true;
  }
  if (text == "none") cdrom.path.clear();
  return cdrom;
}

BootWords parse_boot(std::string_view text) {
  static constexpr std::array<std::pair<std::string_view, BootDevice>, 3> kDevices{
      {{"disk", BootDevice::kDisk}, {"cd", BootDevice::kCdrom}, {"network", BootDevice::kNetwork}}};
  BootWords words;
  for (const std::string& part : split_commas(text)) {
    const auto* device = std::ranges::find(kDevices, part, &decltype(kDevices)::value_type::first);
    if (part == "menu=on" || part == "menu=off") {
      words.menu = part == "menu=on";
    } else if (device == kDevices.end()) {
      throw ConfigError(
          fmt::format("'{}' in '--boot {}' is unknown: give disk, cd and network in the order to "
                      "try, or menu=on",
                      part, text));
    } else if (std::ranges::find(words.order, device->second) != words.order.end()) {
      throw ConfigError(fmt::format("'--boot {}' names {} twice: name it once", text, part));
    } else {
      words.order.push_back(device->second);
    }
  }
  return words;
}

CharConfig parse_serial(std::string_view text) {
  return parse_line("serial line", text);
}

CharConfig parse_line(std::string_view what, std::string_view text) {
  if (text == "stdio") return {CharKind::kStdio, {}};
  if (text == "none") return {CharKind::kNone, {}};
  if (text == "pty") return {CharKind::kPty, {}};
  if (text.starts_with("file:")) return with_path(CharKind::kFile, text.substr(5), text);
  if (text.starts_with("unix:")) return with_path(CharKind::kUnix, text.substr(5), text);
  throw ConfigError(
      fmt::format("{} '{}' is unknown: give stdio, none, pty, file:PATH or unix:PATH", what, text));
}

CharConfig parse_debug_port(std::string_view text) {
  if (text == "stderr") return {CharKind::kStderr, {}};
  if (text.starts_with("file:")) return with_path(CharKind::kFile, text.substr(5), text);
  throw ConfigError(fmt::format("debug port '{}' is unknown: give stderr or file:PATH", text));
}

DisplayKind parse_display(std::string_view text) {
  if (text == "auto") return DisplayKind::kAuto;
  if (text == "window") return DisplayKind::kWindow;
  if (text == "none") return DisplayKind::kNone;
  throw ConfigError(fmt::format("'--display {}' is unknown: give auto, window or none", text));
}

GdbConfig parse_gdb(std::string_view text) {
  if (text.starts_with("unix:"))
    return {.path = with_path(CharKind::kUnix, text.substr(5), text).path};
  GdbConfig config;
  const auto colon = text.rfind(':');
  std::string_view address = text.substr(0, colon == std::string_view::npos ? 0 : colon);
  if (address.starts_with('[') && address.ends_with(']'))
    address = address.substr(1, address.size() - 2);
  if (colon != std::string_view::npos && address != "localhost") config.address = address;
  const std::string_view port = colon == std::string_view::npos ? text : text.substr(colon + 1);
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), config.port);
  if (error != std::errc() || end != port.data() + port.size() || config.port == 0)
    throw ConfigError(
        fmt::format("'--gdb {}' is not understood: give PORT, ADDRESS:PORT or unix:PATH", text));
  return config;
}

OnCrash parse_on_crash(std::string_view text) {
  if (text == "stop") return OnCrash::kStop;
  if (text == "reset") return OnCrash::kReset;
  if (text == "debug") return OnCrash::kDebug;
  throw ConfigError(fmt::format("'--on-crash {}' is unknown: give stop, reset or debug", text));
}

}  // namespace minivmm::cli
