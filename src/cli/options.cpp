#include "cli/options.h"

#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <charconv>
#include <utility>
#include <vector>

#include "cli/parse.h"
#include "cli/parse_net.h"
#include "host/nearest.h"
#include "minivmm/error.h"

namespace minivmm::cli {
namespace {

constexpr const char* kDescription =
    "minivmm boots a disk, a kernel or the demo guest on /dev/kvm.\n"
    "FILE is looked at: a Linux bzImage, or an ELF with a PVH note or a multiboot header.\n"
    "minivmm debug ... stops at the guest's exits (help at its prompt tells more).\n"
    "minivmm top shows live what a running machine does, minivmm view opens a window on it.\n"
    "minivmm disk makes, tells of, resizes and converts images of disks.\n"
    "Only a --disk or a --cdrom named: SeaBIOS starts it. Nothing named: the demo guest.";

constexpr const char* kFooter =
    "Keys on the terminal: Ctrl-A x quits, Ctrl-A h shows them all.\n"
    "Exit status: 0 powered off, expected text came, or quit; 2 wrong usage; 4 the host refused;\n"
    "6 the guest crashed; 8 timeout; 10 reset under --no-reboot; 12 stopped by a signal;\n"
    "14 the guest ended without the expected text;\n"
    "(v<<1)|1 when the guest wrote v to isa-debug-exit.";

// What the command line says, in its own words; turned into values by the parsers afterwards.
struct Words {
  std::string file, kernel, initrd, cmdline, firmware, boot;
  std::string memory = "512M", cdrom, debug_port, expect, timeout, log;
  std::string display, screenshot, expect_screen;
  std::string on_crash, crash_dump, gdb;
  std::string cpus = "1";
  std::string commands, symbols, trace, trace_exits;
  std::vector<std::string> disks, nets, serials, modules, shares;
  std::string console, balloon, pcap;
  ScreenWords screen;
  bool debug_exit = false, no_reboot = false, shared_memory = false, timing = false, stats = false;
  bool verbose = false, version = false, all_exits = false;
};

void describe_options(CLI::App& app, Words& words) {
  // A value may hold anything, commas and leading dashes too, so each option takes one word.
  const auto text = [&app](const char* name, std::string& to, const char* type, const char* help) {
    app.add_option(name, to, help)->type_name(type)->take_last();
  };
  const auto list = [&app](const char* name, std::vector<std::string>& to, const char* type,
                           const char* help) {
    app.add_option(name, to, help)->type_name(type)->allow_extra_args(false);
  };
  app.add_option("FILE", words.file, "What to boot")->type_name("");
  text("--mem", words.memory, "SIZE", "Memory, as 512M (the default) or 2G");
  text("--cpus", words.cpus, "N", "Processors; 1 if not said");
  text("--kernel", words.kernel, "FILE", "What to boot, as FILE");
  text("--initrd", words.initrd, "FILE", "Initial RAM disk of a Linux kernel");
  text("--cmdline", words.cmdline, "TEXT", "The kernel's command line");
  list("--module", words.modules, "'FILE TEXT'",
       "Multiboot module and its command line; repeatable");
  text("--firmware", words.firmware, "FILE",
       "BIOS image that starts a disk; SeaBIOS's if not said");
  text("--boot", words.boot, "ORDER",
       "What the BIOS tries: disk,cd (the default), network, menu=on");
  list("--disk", words.disks, "PATH[,readonly][,direct][,serial=ID][,bus=ide]",
       "Disk image or block device, on virtio if not said; repeatable; also format=raw|qcow2, "
       "backing=on");
  text("--cdrom", words.cdrom, "ISO|none", "CD-ROM drive with this disc, or an empty one");
  list("--net", words.nets, "user|tap=NAME|none[,...]",
       "Network card; user,forward=2222:22 leads a port of the host to the guest; repeatable");
  text("--pcap", words.pcap, "FILE", "Record what passes the network cards, for Wireshark");
  list("--serial", words.serials, "WHERE",
       "COM1, then COM2..4: stdio (COM1's default), none, pty, file:PATH, unix:PATH");
  text("--console", words.console, "WHERE",
       "A virtio console, Linux's hvc0: stdio, none (the default), pty, file:PATH, unix:PATH");
  list("--share", words.shares, "DIR[,tag=NAME][,readonly]",
       "A folder that the guest mounts (9p) by its tag, share if not said; repeatable");
  text("--balloon", words.balloon, "on|off",
       "Take back what memory the guest frees; on where firmware boots it, if not said");
  text("--vram", words.screen.vram, "SIZE", "Video memory, 1M to 256M; 16M if not said");
  text("--resolution", words.screen.resolution, "WxH", "The screen's; 1280x800 if not said");
  text("--vga", words.screen.vga, "on|off",
       "A screen or none; if not said, one where something asks for it");
  text("--debug-port", words.debug_port, "WHERE", "Ports 0xe9 and 0x402: stderr or file:PATH");
  app.add_flag("--exit-on-debug-port", words.debug_exit, "isa-debug-exit at port 0xf4");
  text("--expect", words.expect, "REGEX", "End with status 0 when COM1 says this");
  text("--display", words.display, "WHERE",
       "The screen: window, none, or auto (a window where there is a display; the default)");
  text("--screenshot", words.screenshot, "FILE.png", "The screen at the end, or on SIGUSR1");
  text("--expect-screen", words.expect_screen, "REGEX",
       "End with status 0 when the text screen shows this");
  text("--timeout", words.timeout, "TIME", "End with status 8 after 10s, 2m, ...");
  app.add_flag("--no-reboot", words.no_reboot, "A guest's reset ends the run, with status 10");
  text("--on-crash", words.on_crash, "WHAT", "A crashed guest: stop (the default), reset or debug");
  text("--gdb", words.gdb, "WHERE", "Wait for gdb at PORT, ADDRESS:PORT or unix:PATH");
  text("--crash-dump", words.crash_dump, "FILE", "Where to write an ELF core of a crashed guest");
  app.add_flag("--shared-memory", words.shared_memory, "Guest memory in a memfd");
  app.add_flag("--stats", words.stats,
               "At the end, say what the guest's exits were for, and how long they took");
  text("--trace", words.trace, "FILE.json", "Exits and disk requests over time, for Perfetto");
  text("--trace-exits", words.trace_exits, "FILE.jsonl", "One line of JSON for each exit");
  app.add_flag("--timing", words.timing, "Say where the start's time went, and count the exits");
  text("--commands", words.commands, "FILE", "minivmm debug: commands to begin with");
  text("--symbols", words.symbols, "FILE",
       "Names for addresses: ELF or System.map; FILE's own if not said");
  app.add_flag("--debug-all-exits", words.all_exits, "Doorbells are exits that a debugger sees");
  text("--log", words.log, "LEVEL", "debug, info, warning (the default), error or off");
  app.add_flag("-v,--verbose", words.verbose, "The same as --log info");
  app.add_flag("--version", words.version, "Print the version");
}

unsigned parse_cpus(const std::string& text) {
  unsigned cpus = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), cpus);
  if (error != std::errc() || end != text.data() + text.size())
    throw ConfigError(
        fmt::format("'--cpus {}' is not a number of processors: give 1 or more", text));
  return cpus;
}

log::Level parse_level(const Words& words) {
  static constexpr std::array<std::pair<std::string_view, log::Level>, 5> kLevels{
      {{"debug", log::Level::kDebug},
       {"info", log::Level::kInfo},
       {"warning", log::Level::kWarning},
       {"error", log::Level::kError},
       {"off", log::Level::kOff}}};
  if (words.log.empty()) return words.verbose ? log::Level::kInfo : log::Level::kWarning;
  for (const auto& [name, level] : kLevels) {
    if (name == words.log) return level;
  }
  throw ConfigError(
      fmt::format("log level '{}' is unknown: give debug, info, warning, error or off", words.log));
}

MachineConfig to_config(const Words& words) {
  MachineConfig config;
  if (!words.file.empty() && !words.kernel.empty())
    throw ConfigError(
        fmt::format("both '{}' and --kernel name what to boot: give one of them", words.file));
  config.kernel = words.kernel.empty() ? words.file : words.kernel;
  config.memory = parse_size(words.memory);
  config.cpus = parse_cpus(words.cpus);
  config.initrd = words.initrd;
  config.cmdline = words.cmdline;
  config.modules = words.modules;
  config.firmware = words.firmware;
  if (!words.boot.empty()) {
    BootWords boot = parse_boot(words.boot);
    config.boot_menu = boot.menu;
    if (!boot.order.empty()) config.boot_order = std::move(boot.order);
  }
  for (const std::string& disk : words.disks) config.disks.push_back(parse_disk(disk));
  if (!words.cdrom.empty()) config.cdrom = parse_cdrom(words.cdrom);
  config.nets = parse_nets(words.nets);
  config.pcap = words.pcap;
  for (const std::string& serial : words.serials) config.serials.push_back(parse_serial(serial));
  if (!words.console.empty()) config.console = parse_console(words.console);
  for (const std::string& share : words.shares) config.shares.push_back(parse_share(share));
  if (!words.balloon.empty()) config.balloon = parse_balloon(words.balloon);
  // The terminal is COM1's, where nobody else was given it.
  const bool taken = config.console.kind == CharKind::kStdio;
  if (config.serials.empty())
    config.serials.push_back({taken ? CharKind::kNone : CharKind::kStdio, {}});
  config.screen = parse_screen(words.screen);
  if (!words.debug_port.empty()) config.debug_port = parse_debug_port(words.debug_port);
  config.debug_exit = words.debug_exit;
  config.reboot = !words.no_reboot;
  if (!words.on_crash.empty()) config.crash.action = parse_on_crash(words.on_crash);
  config.crash.dump = words.crash_dump;
  if (!words.gdb.empty()) {
    config.gdb = parse_gdb(words.gdb);
    config.debug.from_start = true;
  }
  config.shared_memory = words.shared_memory;
  config.timing = words.timing;
  config.stats = words.stats;
  config.trace = words.trace;
  config.trace_exits = words.trace_exits;
  config.symbols = words.symbols;
  if (!words.expect.empty()) config.expect = words.expect;
  if (!words.display.empty()) config.screen.display = parse_display(words.display);
  config.screen.screenshot = words.screenshot;
  if (!words.expect_screen.empty()) config.screen.expect = words.expect_screen;
  if (!words.timeout.empty()) config.timeout = parse_duration(words.timeout);
  return config;
}

// CLI11's own words name what was unexpected; ours also name what was probably meant.
ConfigError unknown_argument(const CLI::App& app, const std::string& typed) {
  if (!typed.starts_with("-"))
    return ConfigError(fmt::format("'{}' is one FILE too many: minivmm boots one", typed));
  std::vector<std::string> names;
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  }
  const std::string meant = nearest(typed.substr(0, typed.find('=')), names);
  const std::string hint =
      meant.empty() ? "minivmm --help lists them all" : "did you mean " + meant + "?";
  return ConfigError(fmt::format("option '{}' is unknown: {}", typed, hint));
}

}  // namespace

Options parse_options(std::span<const char* const> args) {
  const bool debugs = !args.empty() && std::string_view(args.front()) == "debug";
  if (debugs || (!args.empty() && std::string_view(args.front()) == "run")) args = args.subspan(1);
  CLI::App app(kDescription, "minivmm");
  app.footer(kFooter);
  app.allow_extras();
  app.get_formatter()->column_width(34);
  Words words;
  describe_options(app, words);
  try {
    // CLI11 takes the words from the back.
    app.parse(std::vector<std::string>(args.rbegin(), args.rend()));
  } catch (const CLI::CallForHelp&) {
    return {.machine = {}, .print = app.help()};
  } catch (const CLI::ParseError& error) {
    throw ConfigError(fmt::format("{} (minivmm --help tells more)", error.what()));
  }
  if (const auto extra = app.remaining(); !extra.empty())
    throw unknown_argument(app, extra.front());
  if (words.version) return {.machine = {}, .print = "minivmm " MINIVMM_VERSION "\n"};
  if (!words.commands.empty() && !debugs)
    throw ConfigError("--commands is for the debugger: start it as minivmm debug --commands FILE");
  Options options{.machine = to_config(words), .log_level = parse_level(words)};
  if (debugs && options.machine.gdb.wanted())
    throw ConfigError("both minivmm debug and --gdb want to stop the guest: leave one of them out");
  if (debugs) options.machine.debug.from_start = true;
  options.machine.debug.all_exits = words.all_exits;
  options.debug = {
      .commands = words.commands, .symbols = words.symbols, .kernel = options.machine.kernel};
  return options;
}

}  // namespace minivmm::cli
