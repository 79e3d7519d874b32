#include "devices/reset_control.h"

namespace minivmm {

namespace {

// RST_CNT (ICH9 datasheet 13.7.5). SYS_RST (bit 1) and FULL_RST (bit 3) say how thorough the reset
// is; a machine without power supply and soft reset only has one kind.
constexpr std::uint8_t kRstCpu = 1u << 2;
constexpr std::uint8_t kRstCntBits = 0x0e;

// PORT92 (ICH9 datasheet 13.7.2).
constexpr std::uint8_t kInitNow = 1u << 0;
constexpr std::uint8_t kAltA20Gate = 1u << 1;

bool rises(std::uint8_t before, std::uint8_t after, std::uint8_t bit) {
  return (before & bit) == 0 && (after & bit) != 0;
}

}  // namespace

std::uint8_t ResetControl::read_register(std::uint64_t offset) {
  return offset == 0 ? state_.rst_cnt : kNobody;
}

void ResetControl::write_register(std::uint64_t offset, std::uint8_t value) {
  if (offset != 0) return;
  const std::uint8_t before = state_.rst_cnt;
  state_.rst_cnt = value & kRstCntBits;
  if (rises(before, value, kRstCpu)) power_.reset();
}

std::uint8_t Port92::read_register(std::uint64_t offset) {
  return offset == 0 ? state_.port92 : kNobody;
}

void Port92::write_register(std::uint64_t offset, std::uint8_t value) {
  if (offset != 0) return;
  const std::uint8_t before = state_.port92;
  state_.port92 = value & (kInitNow | kAltA20Gate);
  if (rises(before, value, kInitNow)) power_.reset();
}

}  // namespace minivmm
