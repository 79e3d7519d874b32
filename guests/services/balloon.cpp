// virtio-balloon (virtio 1.2, 5.5): memory that is given away reads as zeros when it comes back.

#include "lib/exit.h"
#include "lib/print.h"
#include "services/exchange.h"

using namespace guest;

namespace {

constexpr std::uint16_t kBalloon = 0x1045;
constexpr std::uint64_t kReportsFreePages = 1ull << 5;
constexpr std::uint16_t kInflate = 0, kReport = 4;
constexpr std::uint32_t kPage = 4096, kPages = 64, kStep = 64;

alignas(kPage) volatile std::uint8_t memory[kPages * kPage];
VirtioDevice balloon;
Exchange inflate, report;

void fill() {
  for (std::uint32_t i = 0; i < sizeof(memory); i += kStep) memory[i] = 0x5a;
}

bool all(std::uint32_t from, std::uint32_t to, std::uint8_t value) {
  for (std::uint32_t i = from; i < to; i += kStep) {
    if (memory[i] != value) return false;
  }
  return true;
}

}  // namespace

void check_balloon() {
  if (!begin(balloon, kBalloon, kReportsFreePages)) return;
  inflate.start(balloon, kInflate);
  report.start(balloon, kReport);
  balloon.driver_ok();

  fill();
  report.run({}, {memory, sizeof(memory) - kPage});
  check(all(0, sizeof(memory) - kPage, 0), "pages that were reported come back as zeros");
  check(all(sizeof(memory) - kPage, sizeof(memory), 0x5a), "the page behind them is as it was");

  fill();
  const auto first = static_cast<std::uint32_t>(reinterpret_cast<std::uint64_t>(memory) / kPage);
  // Among them one that is no memory, in any order.
  const std::uint32_t pages[] = {first + 2, 0xffff'ffff, first, first + 1};
  inflate.run({pages, sizeof(pages)}, {});
  check(all(0, 3 * kPage, 0), "pages in the balloon come back as zeros");
  check(all(3 * kPage, sizeof(memory), 0x5a), "the others are as they were");
  print("balloon checked\n");
}
