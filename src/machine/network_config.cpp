#include "machine/network_config.h"

#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "backends/net/user_network.h"
#include "host/log.h"
#include "machine/boot_files.h"
#include "machine/layout.h"
#include "minivmm/error.h"

namespace minivmm {
namespace {

// One pair for each vCPU; beyond this a card's one thread gains nothing.
constexpr unsigned kMostPairs = 8;

// FNV-1a, 64 bits: http://www.isthe.com/chongo/tech/comp/fnv, "The algorithm".
std::uint64_t hash(std::string_view text, std::uint64_t start = 0xcbf2'9ce4'8422'2325) {
  for (const char c : text) start = (start ^ static_cast<unsigned char>(c)) * 0x100'0000'01b3;
  return start;
}

std::string host_name() {
  std::array<char, 256> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0) return {};
  return name.data();
}

}  // namespace

std::vector<NetConfig> networks(const MachineConfig& config) {
  if (config.nets) return *config.nets;
  if (!boots_firmware(config)) return {};
  if (!net::UserNetwork::available()) {
    log::warning(
        "the guest has no network: libslirp.so.0 is not installed (install the package libslirp0, "
        "or give --net none)");
    return {};
  }
  return {NetConfig{}};
}

std::size_t card_count(const MachineConfig& config) {
  if (config.nets) return config.nets->size();
  return boots_firmware(config) ? 1 : 0;
}

void check_networks(const MachineConfig& config) {
  const std::size_t cards = card_count(config);
  if (cards > layout::kMostNics)
    throw ConfigError(fmt::format("{} network cards are too many: there is room for {}", cards,
                                  layout::kMostNics));
  if (!config.pcap.empty() && cards == 0)
    throw ConfigError("--pcap records a network, and there is none: give --net user");
}

MacAddress mac_address(const NetConfig& config, unsigned number) {
  if (config.mac) return *config.mac;
  // 52:54:00 is what virtual cards have: administered locally, of a single card.
  MacAddress mac{0x52, 0x54, 0x00, 0x12, 0x34, static_cast<std::uint8_t>(0x56 + number)};
  if (config.kind != NetKind::kTap) return mac;
  const std::uint64_t own = hash(config.tap, hash(host_name()));
  for (unsigned i = 0; i < 3; ++i) mac[3 + i] = static_cast<std::uint8_t>(own >> (8 * i));
  return mac;
}

unsigned most_queue_pairs(const MachineConfig& config) {
  return std::min(config.cpus, kMostPairs);
}

}  // namespace minivmm
