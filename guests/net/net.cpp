// Talks to its network by itself: gets an address by DHCP and looks for the host. Then, as the
// command line says:
//
//   echo=PORT   sends datagrams to the host's UDP port, of many sizes, and compares what comes
//   back. alone=PORT  the same, but nobody must answer: the network is restricted. serve answers
//   what comes to UDP port 7, until that is "end". mac=NUMBER  the card has this address. bench
//   asks or sends as fast as it can; see bench.h.

#include "lib/boot_info.h"
#include "lib/clock.h"
#include "lib/cpu.h"
#include "lib/exit.h"
#include "lib/interrupts.h"
#include "lib/print.h"
#include "lib/random.h"
#include "lib/serial.h"
#include "lib/stopwatch.h"
#include "net/bench.h"
#include "net/card.h"
#include "net/packets.h"

using namespace guest;

namespace {

constexpr Ip kHost = 0x0a000202, kOwn = 0x0a00020f;
constexpr std::uint16_t kDhcpServer = 67, kDhcpClient = 68, kEchoPort = 7, kOwnPort = 4000;

NetCard card;
Packet packet;
Stopwatch stopwatch;
Mac own_mac, host_mac;

/// Until a frame comes that `wanted` likes, or so many microseconds are over.
template <typename Wanted>
bool wait_for(const Wanted& wanted, std::uint64_t microseconds) {
  const std::uint64_t start = stopwatch.microseconds();
  while (stopwatch.microseconds() - start < microseconds) {
    packet.set_size(card.receive(packet.bytes()));
    if (packet.size() != 0 && wanted()) return true;
    pause();
  }
  return false;
}
constexpr std::uint64_t kPatience = 10'000'000, kImpatience = 500'000;

// --- DHCP (RFC 2131, 2; options by RFC 2132)
// ------------------------------------------------------

constexpr std::size_t kDhcpOptions = 240;
constexpr std::uint8_t kDiscover = 1, kOffer = 2, kRequest = 3, kAck = 5;

std::uint8_t* option_of(std::uint8_t code) {
  std::uint8_t* at = packet.udp_payload() + kDhcpOptions;
  std::uint8_t* const end = packet.udp_payload() + packet.udp_payload_size();
  while (at + 1 < end && *at != 0xff) {
    if (*at == code) return at + 2;
    at += *at == 0 ? 1 : 2 + at[1];
  }
  return nullptr;
}

void send_dhcp(std::uint8_t kind) {
  std::uint8_t* body = packet.udp_payload();
  for (std::size_t i = 0; i < kDhcpOptions + 60; ++i) body[i] = 0;
  body[0] = 1;  // BOOTREQUEST,
  body[1] = 1;  // over Ethernet,
  body[2] = 6;
  body[4] = 0x6d;  // xid: any number.
  for (std::size_t i = 0; i < 6; ++i) body[28 + i] = own_mac.bytes[i];
  const std::uint8_t options[] = {0x63, 0x82, 0x53, 0x63,  // The magic cookie.
                                  53,   1,    kind,        // What it is.
                                  50,   4,    10,   0,    2, 15, 54, 4, 10, 0, 2, 2, 0xff};
  const std::size_t used = kind == kRequest ? sizeof(options) : 7;
  for (std::size_t i = 0; i < used; ++i) body[236 + i] = options[i];
  body[236 + used] = 0xff;
  packet.udp(kEverybody, own_mac, 0xffffffff, 0, kDhcpServer, kDhcpClient, kDhcpOptions + 60);
  card.send(packet.bytes(), packet.size());
}

bool is_dhcp(std::uint8_t kind) {
  if (!packet.is_udp_to(kDhcpClient) || packet.udp_payload_size() < kDhcpOptions) return false;
  const std::uint8_t* found = option_of(53);
  return found != nullptr && *found == kind;
}

void get_address() {
  send_dhcp(kDiscover);
  check(wait_for([] { return is_dhcp(kOffer); }, kPatience), "a DHCP server offers an address");
  send_dhcp(kRequest);
  check(wait_for([] { return is_dhcp(kAck); }, kPatience), "and gives it");
  check(packet.get32(Packet::kUdpPayload + 16) == kOwn, "it is 10.0.2.15");
  print("address: 10.0.2.15\n");
}

void find_host() {
  packet.arp_request(own_mac, kOwn, kHost);
  card.send(packet.bytes(), packet.size());
  check(wait_for([] { return packet.is_arp_reply_from(kHost); }, kPatience),
        "the host answers who it is");
  host_mac = packet.arp_sender();
}

// --- Datagrams
// ------------------------------------------------------------------------------------

constexpr std::size_t kSizes[] = {1, 2, 63, 64, 200, 511, 777, 1200, 1471, 1472};

void send_datagram(std::uint16_t port, std::size_t size, std::uint64_t seed) {
  Random random(seed);
  for (std::size_t i = 0; i < size; ++i)
    packet.udp_payload()[i] = static_cast<std::uint8_t>(random.next());
  packet.udp(host_mac, own_mac, kHost, kOwn, port, kOwnPort, size);
  card.send(packet.bytes(), packet.size());
}

bool holds(std::size_t size, std::uint64_t seed) {
  if (packet.udp_payload_size() != size) return false;
  Random random(seed);
  for (std::size_t i = 0; i < size; ++i) {
    if (packet.udp_payload()[i] != static_cast<std::uint8_t>(random.next())) return false;
  }
  return true;
}

void check_echo(std::uint16_t port) {
  std::uint64_t seed = 1;
  for (const std::size_t size : kSizes) {
    send_datagram(port, size, ++seed);
    check(wait_for([] { return packet.is_udp_to(kOwnPort); }, kPatience), "a datagram comes back");
    check(holds(size, seed), "a datagram comes back as it was sent");
    check(packet.sender_ip() == kHost && packet.sender_port() == port, "from whom it went to");
  }
  print("{} datagrams came back\n", sizeof(kSizes) / sizeof(kSizes[0]));
}

void check_alone(std::uint16_t port) {
  send_datagram(port, 100, 1);
  check(!wait_for([] { return packet.is_udp_to(kOwnPort); }, kImpatience), "nobody answers");
  print("alone\n");
}

bool is_end() {
  const std::uint8_t* text = packet.udp_payload();
  return packet.udp_payload_size() == 3 && text[0] == 'e' && text[1] == 'n' && text[2] == 'd';
}

void serve() {
  print("serving\n");
  for (unsigned answered = 0;; ++answered) {
    check(wait_for([] { return packet.is_udp_to(kEchoPort); }, 3 * kPatience), "somebody asks");
    if (is_end()) {
      check(answered != 0, "somebody was answered before");
      return;
    }
    packet.udp(packet.sender(), own_mac, packet.sender_ip(), kOwn, packet.sender_port(), kEchoPort,
               packet.udp_payload_size());
    card.send(packet.bytes(), packet.size());
  }
}

// --- Commands (virtio 1.2, 5.1.6.5)
// ---------------------------------------------------------------

void check_commands() {
  const std::uint8_t on = 1;
  check(card.command(0, 0, &on, 1) == 0, "promiscuous mode is turned on");
  check(card.command(77, 0, &on, 1) == 1, "an unknown command is refused");
  const std::uint8_t table[8] = {};
  check(card.command(1, 0, table, 8) == 0, "two empty tables of addresses are taken");
  const std::uint8_t lying_table[8] = {0xff, 0xff, 0xff, 0xff};
  check(card.command(1, 0, lying_table, 8) == 1, "a table that is not there is refused");
  const Mac other = {{0x02, 1, 2, 3, 4, 5}};
  check(card.command(1, 1, &other, 6) == 0, "another address is taken");
  check(card.mac().bytes[5] == 5, "and shown");
  check(card.command(1, 1, &own_mac, 6) == 0, "and the first one again");
}

void check_mac() {
  std::uint64_t number = 0;
  for (const std::uint8_t byte : own_mac.bytes) number = number << 8 | byte;
  check(number == option("mac", number), "the card has the address that was given to it");
}

}  // namespace

extern "C" void guest_main() {
  serial_init();
  interrupts_init();
  stopwatch.init();
  check(card.find(0), "there is a network card");
  if (option_word("bench")) run_net_bench(card);
  constexpr Buffers kKinds[] = {Buffers::kWhole, Buffers::kMergeable};
  for (const Buffers buffers : kKinds) {
    card.start(buffers);
    own_mac = card.mac();
    check_mac();
    check(card.link_up(), "the link is up");
    get_address();
    find_host();
    if (has_option("echo")) check_echo(static_cast<std::uint16_t>(option("echo", 0)));
    if (has_option("alone")) check_alone(static_cast<std::uint16_t>(option("alone", 0)));
  }
  check_commands();
  if (option_word("serve")) serve();
  check((card.device_status() & kStatusNeedsReset) == 0, "the card is content with its driver");
  succeed();
}
