#include "net/packets.h"

namespace {

constexpr std::uint16_t kTypeIp4 = 0x0800, kTypeArp = 0x0806;  // IANA, "EtherTypes".
constexpr std::uint8_t kUdpProtocol = 17;
constexpr std::size_t kIp = 14, kUdp = 34;  // Where the headers are.

}  // namespace

void Packet::put16(std::size_t at, std::uint32_t value) {
  bytes_[at] = static_cast<std::uint8_t>(value >> 8);
  bytes_[at + 1] = static_cast<std::uint8_t>(value);
}

void Packet::put32(std::size_t at, std::uint32_t value) {
  put16(at, value >> 16);
  put16(at + 2, value & 0xffff);
}

std::uint16_t Packet::get16(std::size_t at) const {
  return static_cast<std::uint16_t>(bytes_[at] << 8 | bytes_[at + 1]);
}

std::uint32_t Packet::get32(std::size_t at) const {
  return std::uint32_t{get16(at)} << 16 | get16(at + 2);
}

Mac Packet::mac_at(std::size_t at) const {
  Mac mac{};
  for (std::size_t i = 0; i < sizeof(mac.bytes); ++i) mac.bytes[i] = bytes_[at + i];
  return mac;
}

/// RFC 1071, of the bytes from `from` up to `to`; `sum` is what comes before them.
std::uint16_t Packet::checksum(std::size_t from, std::size_t to, std::uint32_t sum) const {
  for (std::size_t at = from; at < to; at += 2)
    sum += static_cast<std::uint32_t>(bytes_[at] << 8 | (at + 1 < to ? bytes_[at + 1] : 0));
  while (sum >> 16 != 0) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<std::uint16_t>(~sum);
}

void Packet::begin(Mac to, Mac from, std::uint16_t type) {
  for (std::size_t i = 0; i < sizeof(to.bytes); ++i) {
    bytes_[i] = to.bytes[i];
    bytes_[6 + i] = from.bytes[i];
  }
  put16(12, type);
}

/// RFC 826.
void Packet::arp_request(Mac own, Ip own_ip, Ip wanted) {
  begin(kEverybody, own, kTypeArp);
  put16(14, 1);  // Ethernet,
  put16(16, kTypeIp4);
  put16(18, 0x0604);  // whose addresses have 6 bytes, and 4.
  put16(20, 1);       // A request.
  for (std::size_t i = 0; i < sizeof(own.bytes); ++i) {
    bytes_[22 + i] = own.bytes[i];
    bytes_[32 + i] = 0;
  }
  put32(28, own_ip);
  put32(38, wanted);
  size_ = 42;
}

bool Packet::is_arp_reply_from(Ip ip) const {
  return size_ >= 42 && get16(12) == kTypeArp && get16(20) == 2 && get32(28) == ip;
}

/// RFC 791, 3.1 and RFC 768.
void Packet::udp(Mac to, Mac from, Ip to_ip, Ip from_ip, std::uint16_t to_port,
                 std::uint16_t from_port, std::size_t payload_size) {
  begin(to, from, kTypeIp4);
  const auto udp_size = static_cast<std::uint32_t>(8 + payload_size);
  put16(kIp, 0x4500);  // Version 4, a header of 5 words.
  put16(kIp + 2, 20 + udp_size);
  put32(kIp + 4, 0);
  bytes_[kIp + 8] = 64;  // Time to live.
  bytes_[kIp + 9] = kUdpProtocol;
  put16(kIp + 10, 0);
  put32(kIp + 12, from_ip);
  put32(kIp + 16, to_ip);
  put16(kIp + 10, checksum(kIp, kUdp, 0));
  put16(kUdp, from_port);
  put16(kUdp + 2, to_port);
  put16(kUdp + 4, udp_size);
  put16(kUdp + 6, 0);
  size_ = kUdp + udp_size;
  // The pseudo header is the addresses, the protocol and the length.
  const std::uint16_t sum = checksum(kIp + 12, size_, kUdpProtocol + udp_size);
  put16(kUdp + 6, sum == 0 ? 0xffff : sum);
}

bool Packet::is_udp_to(std::uint16_t port) const {
  if (size_ < kUdpPayload || get16(12) != kTypeIp4 || bytes_[kIp] != 0x45) return false;
  if (bytes_[kIp + 9] != kUdpProtocol || get16(kUdp + 2) != port) return false;
  const std::uint32_t udp_size = get16(kUdp + 4);
  if (udp_size < 8 || kUdp + udp_size > size_ || get16(kIp + 2) != 20 + udp_size) return false;
  if (checksum(kIp, kUdp, 0) != 0) return false;
  return get16(kUdp + 6) == 0 || checksum(kIp + 12, kUdp + udp_size, kUdpProtocol + udp_size) == 0;
}
