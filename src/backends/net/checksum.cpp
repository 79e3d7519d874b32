#include "backends/net/checksum.h"

#include <cstring>

namespace minivmm::net {
namespace {

constexpr std::size_t kEthernetSize = 14;
constexpr std::size_t kEtherType = 12;
constexpr std::uint16_t kTypeIp4 = 0x0800;  // IANA, "EtherTypes".
constexpr std::uint16_t kTypeIp6 = 0x86dd;
constexpr std::size_t kTcpChecksum = 16;  // RFC 9293, 3.1: its offset in TCP's header.

// IPv4 (RFC 791, 3.1): offsets in its header.
constexpr std::size_t kIp4MinSize = 20;
constexpr std::size_t kIp4Length = 2;
constexpr std::size_t kIp4Protocol = 9;
constexpr std::size_t kIp4Checksum = 10;
constexpr std::size_t kIp4Addresses = 12;

// IPv6 (RFC 8200, 3).
constexpr std::size_t kIp6Size = 40;
constexpr std::size_t kIp6Length = 4;
constexpr std::size_t kIp6Addresses = 8;

constexpr std::uint16_t kTcp = 6;

constexpr std::uint16_t to_network(std::uint16_t value) {
  return static_cast<std::uint16_t>(value << 8 | value >> 8);
}

bool is_of_type(std::span<const std::byte> frame, std::uint16_t type) {
  std::uint16_t found = 0;
  std::memcpy(&found, frame.data() + kEtherType, sizeof found);
  return found == to_network(type);
}

void put16(std::span<std::byte> bytes, std::size_t offset, std::uint16_t value) {
  std::memcpy(bytes.data() + offset, &value, sizeof value);
}

std::uint16_t fold(std::uint64_t sum) {
  while (sum >> 16 != 0) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<std::uint16_t>(sum);
}

/// Addresses, protocol and length, as TCP's checksum has them (RFC 9293, 3.1; RFC 8200, 8.1).
std::uint16_t pseudo_header(std::span<const std::byte> addresses, std::size_t length) {
  return internet_sum(
      addresses, to_network(kTcp) + std::uint64_t{to_network(static_cast<std::uint16_t>(length))});
}

/// Where TCP's header begins, once the IP header says how long the frame is; 0: it is none.
std::size_t settle_ip4(std::span<std::byte> frame) {
  const std::span<std::byte> ip = frame.subspan(kEthernetSize);
  if (!is_of_type(frame, kTypeIp4) || ip.size() < kIp4MinSize || ip.size() > 0xffff) return 0;
  const std::size_t size = (std::to_integer<std::size_t>(ip[0]) & 0xf) * 4;
  if (size < kIp4MinSize || ip.size() < size + kTcpChecksum + 2) return 0;
  if (std::to_integer<std::uint16_t>(ip[kIp4Protocol]) != kTcp) return 0;
  put16(ip, kIp4Length, to_network(static_cast<std::uint16_t>(ip.size())));
  put16(ip, kIp4Checksum, 0);
  put16(ip, kIp4Checksum, static_cast<std::uint16_t>(~internet_sum(ip.first(size))));
  put16(ip, size + kTcpChecksum, pseudo_header(ip.subspan(kIp4Addresses, 8), ip.size() - size));
  return kEthernetSize + size;
}

std::size_t settle_ip6(std::span<std::byte> frame) {
  const std::span<std::byte> ip = frame.subspan(kEthernetSize);
  if (!is_of_type(frame, kTypeIp6) || ip.size() < kIp6Size + kTcpChecksum + 2 ||
      ip.size() - kIp6Size > 0xffff)
    return 0;
  const std::size_t length = ip.size() - kIp6Size;
  put16(ip, kIp6Length, to_network(static_cast<std::uint16_t>(length)));
  put16(ip, kIp6Size + kTcpChecksum, pseudo_header(ip.subspan(kIp6Addresses, 32), length));
  return kEthernetSize + kIp6Size;
}

}  // namespace

std::uint16_t internet_sum(std::span<const std::byte> bytes, std::uint64_t start) {
  // 32 bits at a time into 64: the sum is the same, and a frame is far from overflowing it.
  std::uint64_t sum = start;
  std::size_t at = 0;
  for (; bytes.size() - at >= 4; at += 4) {
    std::uint32_t word = 0;
    std::memcpy(&word, bytes.data() + at, sizeof word);
    sum += word;
  }
  std::uint32_t rest = 0;
  if (at < bytes.size()) std::memcpy(&rest, bytes.data() + at, bytes.size() - at);
  return fold(sum + rest);
}

void finish_frame(const NetHeader& header, std::span<std::byte> frame) {
  if ((header.flags & NetHeader::kNeedsChecksum) == 0) return;
  std::size_t start = header.csum_start;
  std::size_t at = start + header.csum_offset;
  if (header.gso_type != NetHeader::kGsoNone) {
    // What a driver leaves in TCP's checksum and IP's length is the business of whoever cuts.
    const bool ip6 = (header.gso_type & ~NetHeader::kGsoEcn) == NetHeader::kGsoTcp6;
    const std::size_t tcp = ip6 ? settle_ip6(frame) : settle_ip4(frame);
    if (tcp == 0) return;
    start = tcp;
    at = tcp + kTcpChecksum;
  }
  auto sum = static_cast<std::uint16_t>(~internet_sum(frame.subspan(start)));
  // UDP's 0 says that there is none; the other zero is as right (RFC 768).
  if (sum == 0) sum = 0xffff;
  put16(frame, at, sum);
}

}  // namespace minivmm::net
