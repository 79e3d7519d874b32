#include "debug/gdb/packets.h"

#include <fmt/core.h>

#include <charconv>

namespace minivmm::debug::gdb {
namespace {

constexpr char kInterrupt = 3;
constexpr char kEscape = '}';
constexpr std::size_t kChecksum = 2;  // Digits, after the '#'.

unsigned checksum(std::string_view data) {
  unsigned sum = 0;
  for (const char c : data) sum += static_cast<unsigned char>(c);
  return sum & 0xff;
}

std::string unescape(std::string_view data) {
  std::string text;
  for (std::size_t i = 0; i < data.size(); ++i) {
    if (data[i] == kEscape && i + 1 < data.size())
      text += static_cast<char>(data[++i] ^ 0x20);
    else
      text += data[i];
  }
  return text;
}

}  // namespace

std::string frame(std::string_view data) {
  std::string escaped;
  for (const char c : data) {
    if (c == '$' || c == '#' || c == kEscape || c == '*') {
      escaped += kEscape;
      escaped += static_cast<char>(c ^ 0x20);
    } else {
      escaped += c;
    }
  }
  return fmt::format("${}#{:02x}", escaped, checksum(escaped));
}

std::string to_hex(std::span<const std::byte> bytes) {
  std::string text;
  for (const std::byte byte : bytes) text += fmt::format("{:02x}", std::to_integer<unsigned>(byte));
  return text;
}

std::optional<std::vector<std::byte>> from_hex(std::string_view text) {
  if (text.size() % 2 != 0) return std::nullopt;
  std::vector<std::byte> bytes;
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const auto value = parse_number(text.substr(i, 2));
    if (!value) return std::nullopt;
    bytes.push_back(static_cast<std::byte>(*value));
  }
  return bytes;
}

std::optional<std::uint64_t> parse_number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<PacketReader::Event> PacketReader::next() {
  using Kind = Event::Kind;
  while (pending_.starts_with('+')) pending_.erase(0, 1);
  if (pending_.empty()) return std::nullopt;
  const char first = pending_.front();
  if (first == kInterrupt || first == '-') {
    pending_.erase(0, 1);
    return Event{.kind = first == '-' ? Kind::kResend : Kind::kInterrupt};
  }
  if (first != '$') return Event{.kind = Kind::kGarbage};
  const std::size_t hash = pending_.find('#');
  if (hash == std::string::npos || pending_.size() < hash + 1 + kChecksum) {
    if (pending_.size() > kLongest) return Event{.kind = Kind::kGarbage};
    return std::nullopt;
  }
  const std::string data = pending_.substr(1, hash - 1);
  const auto sent = parse_number(std::string_view(pending_).substr(hash + 1, kChecksum));
  pending_.erase(0, hash + 1 + kChecksum);
  if (sent != checksum(data)) return Event{.kind = Kind::kDamaged};
  return Event{.kind = Kind::kPacket, .data = unescape(data)};
}

std::optional<std::pair<std::uint64_t, std::uint64_t>> parse_pair(std::string_view text) {
  const auto comma = text.find(',');
  if (comma == std::string_view::npos) return std::nullopt;
  const auto first = parse_number(text.substr(0, comma));
  const auto second = parse_number(text.substr(comma + 1));
  if (!first || !second) return std::nullopt;
  return std::pair{*first, *second};
}

}  // namespace minivmm::debug::gdb
