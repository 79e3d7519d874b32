// virtio-console (virtio 1.2, 5.3): answers one line.

#include "lib/exit.h"
#include "lib/print.h"
#include "services/exchange.h"

using namespace guest;

namespace {

constexpr std::uint16_t kConsole = 0x1043;
constexpr std::uint16_t kReceive = 0, kTransmit = 1;

VirtioDevice console;
Exchange receive, transmit;
char line[128], piece[4];

}  // namespace

void check_console() {
  if (!begin(console, kConsole, 0)) return;
  receive.start(console, kReceive);
  transmit.start(console, kTransmit);
  console.driver_ok();
  const char greeting[] = "say something\n";
  transmit.run({greeting, sizeof(greeting) - 1}, {});

  // In buffers smaller than what comes, so that some of it has to wait.
  std::uint32_t size = 0;
  while (size == 0 || line[size - 1] != '\n') {
    const std::uint32_t got = receive.run({}, {piece, sizeof(piece)});
    check(got > 0 && got <= sizeof(piece), "a buffer comes back with something in it");
    for (std::uint32_t i = 0; i < got && size < sizeof(line); ++i) line[size++] = piece[i];
    check(size < sizeof(line), "the line has an end");
  }
  const char answer[] = "you said: ";
  transmit.run({answer, sizeof(answer) - 1}, {});
  transmit.run({line, size}, {});
  print("console checked\n");
}
