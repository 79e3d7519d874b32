#include "net/bench.h"

#include "lib/boot_info.h"
#include "lib/cpu.h"
#include "lib/exit.h"
#include "lib/print.h"
#include "lib/stopwatch.h"
#include "lib/user_mode.h"
#include "net/packets.h"

using namespace guest;

namespace {

constexpr std::uint64_t kRequestsPerLook = 32;

NetCard* card;
Packet question, answer;
Stopwatch stopwatch;
bool asks;
Ip own, host;
std::uint64_t size, count, microseconds;
alignas(16) std::uint8_t stack[4096];

void ask() {
  card->send(question.bytes(), question.size());
  for (;;) {
    answer.set_size(card->receive(answer.bytes()));
    if (answer.size() != 0 && answer.is_arp_reply_from(host)) return;
    pause();
  }
}

void bench_in_user_mode() {
  std::uint64_t requests = 0;
  const std::uint64_t start = stopwatch.microseconds();
  for (bool more = true; more;) {
    for (unsigned i = 0; i < kRequestsPerLook; ++i) {
      if (asks) {
        ask();
      } else {
        card->queue_frame(i, question.bytes(), question.size());
      }
    }
    if (!asks) card->send_queued(kRequestsPerLook);
    requests += kRequestsPerLook;
    more = count != 0 ? requests < count : stopwatch.microseconds() - start < microseconds;
  }
  print("bench: mode={} size={} requests={} microseconds={}\n", asks ? "ask" : "send", size,
        requests, stopwatch.microseconds() - start);
  exit_guest(kSuccess);
}

}  // namespace

void run_net_bench(NetCard& net_card) {
  card = &net_card;
  card->start(Buffers::kWhole);
  asks = !option_is("mode", "send");
  own = static_cast<Ip>(option("own", 0x0a00020f));
  host = static_cast<Ip>(option("host", 0x0a000202));
  size = asks ? 0 : option("size", 1472);
  count = option("count", 0);
  microseconds = option("seconds", 2) * 1'000'000;
  check(size <= 1472, "size is at most 1472");
  stopwatch.init();
  question.arp_request(card->mac(), own, host);
  ask();
  if (!asks) {
    const Mac to = answer.arp_sender();
    question.udp(to, card->mac(), host, own, static_cast<std::uint16_t>(option("port", 9)), 4000,
                 size);
  }
  enter_user_mode(bench_in_user_mode, stack + sizeof(stack));
}
