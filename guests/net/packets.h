#pragma once
// Ethernet, ARP, IPv4 and UDP, as far as talking to a neighbour needs them.

#include <cstddef>
#include <cstdint>

#include "net/card.h"

using Ip = std::uint32_t;  // 10.0.2.15 is 0x0a00020f.

inline constexpr Mac kEverybody = {{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}};

/// A frame in the making, or one that came.
class Packet {
 public:
  [[nodiscard]] std::uint8_t* bytes() { return bytes_; }
  [[nodiscard]] std::size_t size() const { return size_; }
  void set_size(std::size_t size) { size_ = size; }

  // To send.
  void begin(Mac to, Mac from, std::uint16_t type);
  void arp_request(Mac own, Ip own_ip, Ip wanted);
  /// Payload may lie in this packet, at udp_payload().
  void udp(Mac to, Mac from, Ip to_ip, Ip from_ip, std::uint16_t to_port, std::uint16_t from_port,
           std::size_t payload_size);
  [[nodiscard]] std::uint8_t* udp_payload() { return bytes_ + kUdpPayload; }

  // That came.
  [[nodiscard]] bool is_arp_reply_from(Ip ip) const;
  [[nodiscard]] Mac arp_sender() const { return mac_at(22); }
  [[nodiscard]] Mac sender() const { return mac_at(6); }
  /// A whole UDP packet without a fragment, whose checksums are right.
  [[nodiscard]] bool is_udp_to(std::uint16_t port) const;
  [[nodiscard]] Ip sender_ip() const { return get32(26); }
  [[nodiscard]] std::uint16_t sender_port() const { return get16(34); }
  [[nodiscard]] std::size_t udp_payload_size() const { return get16(38) - std::size_t{8}; }

  void put16(std::size_t at, std::uint32_t value);
  void put32(std::size_t at, std::uint32_t value);
  [[nodiscard]] std::uint16_t get16(std::size_t at) const;
  [[nodiscard]] std::uint32_t get32(std::size_t at) const;

  static constexpr std::size_t kUdpPayload = 42;

 private:
  [[nodiscard]] Mac mac_at(std::size_t at) const;
  [[nodiscard]] std::uint16_t checksum(std::size_t from, std::size_t to, std::uint32_t sum) const;

  std::uint8_t bytes_[NetCard::kLongest + 2];
  std::size_t size_ = 0;
};
