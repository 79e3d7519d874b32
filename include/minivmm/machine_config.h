#pragma once
// What a user may say of a machine: plain data, made by cli/, checked by machine/.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace minivmm {

struct DiskConfig {
  std::string path;
  bool read_only = false;
  bool direct = false;   ///< O_DIRECT: past the host's page cache.
  std::string serial{};  ///< What VIRTIO_BLK_T_GET_ID answers; at most 20 bytes.
};

/// kStderr is output only, and for the debug port.
enum class CharKind { kNone, kStdio, kStderr, kFile, kUnix, kPty };

struct CharConfig {
  CharKind kind = CharKind::kNone;
  std::string path{};  ///< kFile, kUnix.
};

struct MachineConfig {
  std::uint64_t memory = 512ull << 20;  ///< In bytes.
  bool shared_memory = false;           ///< RAM in a memfd instead of anonymous memory.
  unsigned cpus = 1;

  std::string kernel{};  ///< Any FILE that boot/ can tell; empty: the embedded demo guest.
  std::string initrd{};
  std::string cmdline{};
  std::vector<std::string> modules{};  ///< Multiboot modules: "FILE [command line]".

  std::vector<DiskConfig> disks{};
  std::vector<CharConfig> serials{};  ///< COM1..COM4.

  CharConfig debug_port{};  ///< Where 0xe9 and 0x402 go: kNone, kFile or kStderr.
  bool debug_exit = false;  ///< isa-debug-exit at 0xf4.
  bool reboot = true;       ///< false: a guest's reset ends the run.

  std::optional<std::string> expect{};  ///< A regular expression on the output of COM1.
  std::optional<std::chrono::nanoseconds> timeout{};
  bool timing = false;
};

}  // namespace minivmm
