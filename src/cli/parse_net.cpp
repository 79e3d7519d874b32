#include "cli/parse_net.h"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <limits>

#include "minivmm/error.h"

namespace minivmm::cli {
namespace {

constexpr std::string_view kForwardHelp =
    "give forward=PORT:GUESTPORT, as in forward=2222:22, or forward=udp:ADDRESS:PORT:GUESTPORT";

std::vector<std::string_view> split(std::string_view text, char at) {
  std::vector<std::string_view> parts;
  for (;;) {
    const auto end = text.find(at);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

template <typename Number>
std::optional<Number> number(std::string_view text, int base = 10) {
  Number value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  const bool whole = error == std::errc() && end == text.data() + text.size();
  return whole ? std::optional(value) : std::nullopt;
}

std::uint16_t parse_port(std::string_view text, std::string_view all) {
  const auto port = number<std::uint16_t>(text);
  if (!port || *port == 0)
    throw ConfigError(fmt::format("'{}' in 'forward={}' is not a port from 1 to 65535: {}", text,
                                  all, kForwardHelp));
  return *port;
}

ForwardConfig parse_forward(std::string_view text) {
  ForwardConfig forward;
  std::vector<std::string_view> parts = split(text, ':');
  if (parts.front() == "udp" || parts.front() == "tcp") {
    forward.udp = parts.front() == "udp";
    parts.erase(parts.begin());
  }
  if (parts.size() == 3) {
    forward.host_address = parts.front();
    parts.erase(parts.begin());
  }
  if (parts.size() != 2)
    throw ConfigError(fmt::format("'forward={}' is not understood: {}", text, kForwardHelp));
  forward.host_port = parse_port(parts[0], text);
  forward.guest_port = parse_port(parts[1], text);
  return forward;
}

MacAddress parse_mac(std::string_view text) {
  MacAddress mac{};
  const std::vector<std::string_view> parts = split(text, ':');
  bool right = parts.size() == mac.size();
  for (std::size_t i = 0; right && i < mac.size(); ++i) {
    const auto byte = parts[i].size() <= 2 ? number<std::uint8_t>(parts[i], 16) : std::nullopt;
    right = byte.has_value();
    if (right) mac[i] = *byte;
  }
  if (!right)
    throw ConfigError(
        fmt::format("'mac={}' is not understood: give six bytes, as 52:54:00:12:34:56", text));
  if ((mac[0] & 1) != 0 || mac == MacAddress{})
    throw ConfigError(fmt::format(
        "'mac={}' is no card's address, but a group's or nobody's: give one as 52:54:00:12:34:56",
        text));
  return mac;
}

std::uint16_t parse_mtu(std::string_view text) {
  // Below, IPv6 doesn't work (RFC 8200, 5); above, libslirp's packets have no room.
  constexpr std::uint16_t kLeast = 1280;
  constexpr std::uint16_t kMost = 65520;
  const auto mtu = number<std::uint16_t>(text);
  if (!mtu || *mtu < kLeast || *mtu > kMost)
    throw ConfigError(
        fmt::format("'mtu={}' is out of range: give {} to {} bytes", text, kLeast, kMost));
  return *mtu;
}

bool parse_switch(std::string_view name, std::string_view text) {
  if (text == "on") return true;
  if (text == "off") return false;
  throw ConfigError(fmt::format("'{}={}' is neither: give on or off", name, text));
}

void set_user_option(NetConfig& config, std::string_view name, std::string_view value,
                     std::string_view option) {
  if (name == "forward") {
    config.forwards.push_back(parse_forward(value));
  } else if (name == "restrict") {
    config.restricted = parse_switch(name, value);
  } else if (name == "mtu") {
    config.mtu = parse_mtu(value);
  } else {
    throw ConfigError(fmt::format(
        "option '{}' of --net user is unknown: give forward=PORT:GUESTPORT, restrict=on, mtu=BYTES "
        "or mac=MAC",
        option));
  }
}

}  // namespace

NetConfig parse_net(std::string_view text) {
  const std::vector<std::string_view> parts = split(text, ',');
  NetConfig config;
  if (parts.front().starts_with("tap=")) {
    config.kind = NetKind::kTap;
    config.tap = parts.front().substr(4);
  } else if (parts.front() != "user") {
    throw ConfigError(
        fmt::format("network '{}' is unknown: give user, tap=NAME or none", parts.front()));
  }
  for (auto part = parts.begin() + 1; part != parts.end(); ++part) {
    const auto equals = std::min(part->find('='), part->size());
    const std::string_view name = part->substr(0, equals);
    const std::string_view value = part->substr(std::min(equals + 1, part->size()));
    if (name == "mac") {
      config.mac = parse_mac(value);
    } else if (config.kind == NetKind::kUser) {
      set_user_option(config, name, value, *part);
    } else if (name == "vhost") {
      config.vhost = parse_switch(name, value) ? VhostUse::kYes : VhostUse::kNo;
    } else {
      throw ConfigError(fmt::format(
          "option '{}' of --net tap is unknown: give vhost=on, vhost=off or mac=MAC", *part));
    }
  }
  return config;
}

std::optional<std::vector<NetConfig>> parse_nets(const std::vector<std::string>& words) {
  if (words.empty()) return std::nullopt;
  std::vector<NetConfig> nets;
  if (words.size() == 1 && words.front() == "none") return nets;
  if (std::ranges::find(words, "none") != words.end())
    throw ConfigError("--net none says that there is no network: leave it out, or the others");
  for (const std::string& word : words) nets.push_back(parse_net(word));
  return nets;
}

}  // namespace minivmm::cli
