#pragma once
// What a user may say of a machine: plain data, made by cli/, checked by machine/.

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "minivmm/net_config.h"

namespace minivmm {

/// What an image file is; never told from its content, which a guest may have written.
enum class DiskFormat {
  kByName,  ///< qcow2 where the name ends in .qcow2 or .qcow, else raw.
  kRaw,     ///< Byte for byte, whatever it begins with.
  kQcow2,
};

/// What a guest needs a driver of to see the disk.
enum class DiskBus { kVirtio, kIde };

struct DiskConfig {
  std::string path;
  bool read_only = false;
  bool direct = false;   ///< O_DIRECT: past the host's page cache.
  std::string serial{};  ///< What VIRTIO_BLK_T_GET_ID, or IDENTIFY, answers; at most 20 bytes.
  DiskFormat format = DiskFormat::kByName;
  bool backing = false;  ///< The file that a qcow2 image names as its backing file may be read.
  DiskBus bus = DiskBus::kVirtio;
};

/// A CD-ROM drive.
struct CdromConfig {
  std::string path{};  ///< The disc's image; empty: there is none in the drive.
  bool any = false;    ///< Whatever is on it, else it is ISO 9660 or UDF.
};

/// kStderr is output only, and for the debug port.
enum class CharKind { kNone, kStdio, kStderr, kFile, kUnix, kPty };

struct CharConfig {
  CharKind kind = CharKind::kNone;
  std::string path{};  ///< kFile, kUnix.
};

/// A folder of the host that the guest may mount by its tag (virtio-9p).
struct ShareConfig {
  std::string path;
  std::string tag = "share";
  bool read_only = false;
};

enum class DisplayKind {
  kAuto,    ///< A window where the host has a display, else a line that says there is none.
  kWindow,  ///< A window; without a display a ConfigError.
  kNone,
};

/// The graphics adapter and what shows it.
struct ScreenConfig {
  /// Whether the machine has a graphics adapter; unset: where firmware boots it or something below
  /// asks for one. A kernel booted directly gets none unasked: it costs start-up and exits.
  std::optional<bool> present{};
  std::uint64_t vram = 16ull << 20;  ///< In bytes: a power of two, 1 MiB to 256 MiB.
  unsigned width = 1280;             ///< In pixels: what EDID prefers, and the framebuffer
  unsigned height = 800;             ///< that a directly booted kernel gets.
  DisplayKind display = DisplayKind::kAuto;
  std::string screenshot{};             ///< A PNG file, written at exit, on SIGUSR1, on a match.
  std::optional<std::string> expect{};  ///< A regular expression on the characters of the screen.
};

/// What the firmware is to try, in this order.
enum class BootDevice { kDisk, kCdrom, kNetwork };

/// What a debugger needs of the machine.
struct DebugConfig {
  bool from_start = false;   ///< The machine stands before its first instruction.
  bool takes_stdin = false;  ///< Its commands come there: a serial line on stdio reads nothing.
  bool all_exits = false;    ///< No ioeventfds: doorbells become exits.
  std::function<void()> on_key{};  ///< Ctrl-A d; on the event loop's thread.
  /// OnCrash::kDebug: somebody is to wait for the stop. On a vCPU's thread.
  std::function<void()> on_crash{};
};

/// What follows when the guest can't go on.
enum class OnCrash {
  kStop,
  kDebug,  ///< Stands for a debugger; then as kStop.
  kReset,  ///< As after a reset of its own: for guests that reboot by a triple fault on purpose.
};

struct CrashConfig {
  OnCrash action = OnCrash::kStop;
  std::string dump{};  ///< An ELF core of the guest; empty: none is written.
};

/// Where a gdb may connect. Neither port nor path: nowhere.
struct GdbConfig {
  std::string address = "127.0.0.1";  ///< Of this host: IPv4, or IPv6 without brackets.
  std::uint16_t port = 0;
  std::string path{};  ///< A UNIX socket instead.
  [[nodiscard]] bool wanted() const { return port != 0 || !path.empty(); }
};

struct MachineConfig {
  std::uint64_t memory = 512ull << 20;  ///< In bytes.
  bool shared_memory = false;           ///< RAM in a memfd instead of anonymous memory.
  unsigned cpus = 1;

  std::string kernel{};  ///< Any FILE that boot/ can tell. Empty: firmware boots, where there is a
                         ///< disk or firmware was named; else the embedded demo guest.
  std::string initrd{};
  std::string cmdline{};
  std::vector<std::string> modules{};  ///< Multiboot modules: "FILE [command line]".

  std::string firmware{};  ///< A BIOS image; empty: SeaBIOS as the system's packages put it.
  std::vector<BootDevice> boot_order{BootDevice::kDisk, BootDevice::kCdrom};
  bool boot_menu = false;  ///< The firmware offers its boot menu, and waits for a key.

  std::vector<DiskConfig> disks{};
  std::optional<CdromConfig> cdrom{};  ///< Unset: there is no drive.
  /// Network cards; unset: where firmware boots, one on a network of the guest's own, else none.
  std::optional<std::vector<NetConfig>> nets{};
  std::string pcap{};  ///< A file that all their frames are recorded in; empty: none.
  std::vector<CharConfig> serials{};  ///< COM1..COM4.
  CharConfig console{};               ///< A virtio console, hvc0; kNone: there is none.
  std::vector<ShareConfig> shares{};
  /// Whether memory that the guest frees goes back to the host (virtio-balloon); unset: where
  /// firmware boots the guest.
  std::optional<bool> balloon{};

  ScreenConfig screen{};

  CharConfig debug_port{};  ///< Where 0xe9 and 0x402 go: kNone, kFile or kStderr.
  bool debug_exit = false;  ///< isa-debug-exit at 0xf4.
  bool reboot = true;       ///< false: a guest's reset ends the run.
  CrashConfig crash{};
  GdbConfig gdb{};

  std::optional<std::string> expect{};  ///< A regular expression on the output of COM1.
  std::optional<std::chrono::nanoseconds> timeout{};
  bool timing = false;
  std::string trace{};        ///< A file in Chrome's trace event format; empty: none.
  std::string trace_exits{};  ///< A file with a JSON object a line for each exit; empty: none.
  std::string symbols{};  ///< ELF or System.map, for names in all of these; empty: the kernel's.
  bool stats = false;     ///< Tables of what the exits were for, at the end.
  DebugConfig debug{};
};

}  // namespace minivmm
