#pragma once
// What users write for sizes, times, disks, serial lines and the screen, as values. All throw
// ConfigError with a line that names what was written, what is wrong with it and what would be
// right.

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "minivmm/machine_config.h"

namespace minivmm::cli {

/// "a,b,,c" is "a" and "b,c": a doubled comma stands for one. Never empty.
[[nodiscard]] std::vector<std::string> split_commas(std::string_view text);

/// "512M", "2G", "65536": a whole number with an optional suffix K, M, G, T, P or E (powers of
/// 1024; an "iB" or "B" after it is accepted). In bytes; at least 1.
[[nodiscard]] std::uint64_t parse_size(std::string_view text);

/// "10s", "1.5m", "250ms", "2h"; a bare number is in seconds. More than 0.
[[nodiscard]] std::chrono::nanoseconds parse_duration(std::string_view text);

/// "PATH[,format=raw|qcow2][,backing=on][,readonly][,direct][,serial=ID][,bus=ide|virtio]"; a comma
/// in PATH is written twice.
[[nodiscard]] DiskConfig parse_disk(std::string_view text);

/// "PATH[,any]" or "none", which is a drive without a disc; a comma in PATH is written twice.
[[nodiscard]] CdromConfig parse_cdrom(std::string_view text);

/// What --boot says: an order, and whether there is a menu.
struct BootWords {
  std::vector<BootDevice> order{};  ///< Empty: not said.
  bool menu = false;
};
/// "disk,cd,network,menu=on", in any order; each at most once.
[[nodiscard]] BootWords parse_boot(std::string_view text);

/// "stdio", "none", "pty", "file:PATH", "unix:PATH".
[[nodiscard]] CharConfig parse_serial(std::string_view text);

/// The same, for what is named so.
[[nodiscard]] CharConfig parse_line(std::string_view what, std::string_view text);

/// As parse_serial().
[[nodiscard]] CharConfig parse_console(std::string_view text);

/// "DIR[,tag=NAME][,readonly]"; a comma in DIR is written twice.
[[nodiscard]] ShareConfig parse_share(std::string_view text);

/// "on", "off".
[[nodiscard]] bool parse_balloon(std::string_view text);

/// What of the screen's options was said, each in its own words; empty: not said.
struct ScreenWords {
  std::string vram{};        ///< A size.
  std::string resolution{};  ///< "1280x800".
  std::string vga{};         ///< "on", "off".
};
/// A resolution that nobody chose is one that the video memory holds.
[[nodiscard]] ScreenConfig parse_screen(const ScreenWords& words);

/// "stderr", "file:PATH".
[[nodiscard]] CharConfig parse_debug_port(std::string_view text);

/// "auto", "window", "none".
[[nodiscard]] DisplayKind parse_display(std::string_view text);

/// "PORT" of the loopback, "HOST:PORT", "unix:PATH".
[[nodiscard]] GdbConfig parse_gdb(std::string_view text);

/// "stop", "reset".
[[nodiscard]] OnCrash parse_on_crash(std::string_view text);

}  // namespace minivmm::cli
