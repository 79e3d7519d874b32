#include "devices/uart16550.h"

#include <algorithm>

namespace minivmm {

namespace {

// Registers by offset (table II). With LCR's DLAB set, 0 and 1 are the divisor latch.
constexpr std::uint64_t kData = 0;  // RBR when read, THR when written, DLL.
constexpr std::uint64_t kIer = 1;   // Or DLM.
constexpr std::uint64_t kIirFcr = 2;
constexpr std::uint64_t kLcr = 3;
constexpr std::uint64_t kMcr = 4;
constexpr std::uint64_t kLsr = 5;
constexpr std::uint64_t kMsr = 6;
constexpr std::uint64_t kScr = 7;

// IER: what may interrupt (8.7).
constexpr std::uint8_t kIerReceived = 1u << 0;
constexpr std::uint8_t kIerTransmitterEmpty = 1u << 1;
constexpr std::uint8_t kIerLineStatus = 1u << 2;
constexpr std::uint8_t kIerModemStatus = 1u << 3;
constexpr std::uint8_t kIerBits = 0x0f;

// IIR (8.6, table III).
constexpr std::uint8_t kIirNone = 0x1;
constexpr std::uint8_t kIirModemStatus = 0x0;
constexpr std::uint8_t kIirTransmitterEmpty = 0x2;
constexpr std::uint8_t kIirReceived = 0x4;
constexpr std::uint8_t kIirLineStatus = 0x6;
constexpr std::uint8_t kIirTimeout = 0xc;
constexpr std::uint8_t kIirFifosEnabled = 0xc0;

// FCR (8.5).
constexpr std::uint8_t kFcrEnable = 1u << 0;
constexpr std::uint8_t kFcrClearReceiver = 1u << 1;
constexpr std::uint8_t kFcrKept = 0xc9;  // Enable, DMA mode select, trigger level.
constexpr unsigned kFcrTriggerShift = 6;
constexpr std::size_t kTriggerLevels[] = {1, 4, 8, 14};

constexpr std::uint8_t kLcrDlab = 1u << 7;

// MCR (8.8).
constexpr std::uint8_t kMcrDtr = 1u << 0;
constexpr std::uint8_t kMcrRts = 1u << 1;
constexpr std::uint8_t kMcrOut1 = 1u << 2;
constexpr std::uint8_t kMcrOut2 = 1u << 3;
constexpr std::uint8_t kMcrLoop = 1u << 4;
constexpr std::uint8_t kMcrBits = 0x1f;

// LSR (8.4).
constexpr std::uint8_t kLsrDataReady = 1u << 0;
constexpr std::uint8_t kLsrOverrun = 1u << 1;
constexpr std::uint8_t kLsrThrEmpty = 1u << 5;
constexpr std::uint8_t kLsrTransmitterEmpty = 1u << 6;

// MSR (8.9): inputs in the upper half, what changed since the last read in the lower.
constexpr std::uint8_t kMsrCts = 1u << 4;
constexpr std::uint8_t kMsrDsr = 1u << 5;
constexpr std::uint8_t kMsrRi = 1u << 6;
constexpr std::uint8_t kMsrDcd = 1u << 7;
constexpr std::uint8_t kMsrDeltas = 0x0f;

}  // namespace

Uart16550::Uart16550(IrqLine& irq, CharBackend& backend) : irq_(irq), backend_(backend) {}

void Uart16550::reset() {
  const bool waiting = state_.refused_input;
  state_ = {};
  state_.refused_input = waiting;
  offer_room();
  update_irq();
}

std::size_t Uart16550::receive(std::span<const std::byte> bytes) {
  const std::lock_guard guard(lock());
  const std::size_t room = loopback() ? 0 : capacity() - state_.held;
  const std::size_t taken = std::min(room, bytes.size());
  for (const std::byte byte : bytes.first(taken)) put_received(std::to_integer<std::uint8_t>(byte));
  state_.refused_input |= taken < bytes.size();
  update_irq();
  return taken;
}

std::uint8_t Uart16550::read_register(std::uint64_t offset) {
  switch (offset) {
    case kData:
      return dlab() ? state_.dll : take_received();
    case kIer:
      return dlab() ? state_.dlm : state_.ier;
    case kIirFcr:
      return read_iir();
    case kLcr:
      return state_.lcr;
    case kMcr:
      return state_.mcr;
    case kLsr:
      return read_lsr();
    case kMsr:
      return read_msr();
    case kScr:
      return state_.scr;
    default:
      return kNobody;
  }
}

void Uart16550::write_register(std::uint64_t offset, std::uint8_t value) {
  switch (offset) {
    case kData:
      if (dlab()) {
        state_.dll = value;
      } else {
        transmit(value);
      }
      break;
    case kIer:
      if (dlab()) {
        state_.dlm = value;
      } else {
        write_ier(value);
      }
      break;
    case kIirFcr:
      write_fcr(value);
      break;
    case kLcr:
      state_.lcr = value;
      break;
    case kMcr:
      write_mcr(value);
      break;
    case kScr:
      state_.scr = value;
      break;
    default:  // LSR and MSR are read-only.
      break;
  }
}

std::uint8_t Uart16550::take_received() {
  if (state_.held == 0) return 0;
  const std::uint8_t byte = state_.fifo[state_.first];
  state_.first = (state_.first + 1) % kFifoSize;
  --state_.held;
  offer_room();
  update_irq();
  return byte;
}

void Uart16550::put_received(std::uint8_t byte) {
  if (state_.held == capacity()) {
    state_.overrun = true;
    // Without a FIFO the new character replaces the old one; with it, the new one is lost (8.4).
    if (!fifo_enabled()) state_.fifo[state_.first] = byte;
    return;
  }
  state_.fifo[(state_.first + state_.held) % kFifoSize] = byte;
  ++state_.held;
}

void Uart16550::clear_received() {
  state_.first = 0;
  state_.held = 0;
  offer_room();
}

void Uart16550::transmit(std::uint8_t byte) {
  if (loopback()) {
    put_received(byte);
  } else {
    const std::byte sent{byte};
    backend_.send({&sent, 1});
  }
  state_.thre_interrupt = true;  // Gone already: THR is empty again.
  update_irq();
}

std::uint8_t Uart16550::read_iir() {
  const std::uint8_t reason = pending();
  if (reason == kIirTransmitterEmpty) {  // Reading it here is what clears it (table III).
    state_.thre_interrupt = false;
    update_irq();
  }
  return static_cast<std::uint8_t>(reason | (fifo_enabled() ? kIirFifosEnabled : 0));
}

std::uint8_t Uart16550::read_lsr() {
  const std::uint8_t lsr = line_status();
  state_.overrun = false;
  update_irq();
  return lsr;
}

std::uint8_t Uart16550::line_status() const {
  unsigned lsr = kLsrThrEmpty | kLsrTransmitterEmpty;
  if (state_.held != 0) lsr |= kLsrDataReady;
  if (state_.overrun) lsr |= kLsrOverrun;
  return static_cast<std::uint8_t>(lsr);
}

std::uint8_t Uart16550::read_msr() {
  const std::uint8_t msr = state_.msr;
  state_.msr = static_cast<std::uint8_t>(msr & ~kMsrDeltas);
  update_irq();
  return msr;
}

void Uart16550::write_ier(std::uint8_t value) {
  const unsigned enabled = value & ~unsigned{state_.ier};
  // Enabling it while THR is empty interrupts at once; drivers start sending this way (8.7).
  if ((enabled & kIerTransmitterEmpty) != 0) state_.thre_interrupt = true;
  state_.ier = value & kIerBits;
  update_irq();
}

void Uart16550::write_fcr(std::uint8_t value) {
  const bool switched = ((value ^ state_.fcr) & kFcrEnable) != 0;
  // The other bits are only programmed while bit 0 is written as 1 (8.5).
  state_.fcr = (value & kFcrEnable) != 0 ? value & kFcrKept : 0;
  const bool clear = (value & kFcrEnable) != 0 && (value & kFcrClearReceiver) != 0;
  if (switched || clear) clear_received();
  update_irq();
}

void Uart16550::write_mcr(std::uint8_t value) {
  state_.mcr = value & kMcrBits;
  update_modem();
  offer_room();
  update_irq();
}

bool Uart16550::fifo_enabled() const {
  return (state_.fcr & kFcrEnable) != 0;
}
std::size_t Uart16550::capacity() const {
  return fifo_enabled() ? kFifoSize : 1;
}
std::size_t Uart16550::trigger_level() const {
  return fifo_enabled() ? kTriggerLevels[state_.fcr >> kFcrTriggerShift] : 1;
}
bool Uart16550::loopback() const {
  return (state_.mcr & kMcrLoop) != 0;
}
bool Uart16550::dlab() const {
  return (state_.lcr & kLcrDlab) != 0;
}

/// In loopback mode the four outputs are the four inputs (8.8).
std::uint8_t Uart16550::modem_inputs() const {
  if (!loopback()) return kMsrCts | kMsrDsr | kMsrDcd;
  unsigned inputs = 0;
  if ((state_.mcr & kMcrDtr) != 0) inputs |= kMsrDsr;
  if ((state_.mcr & kMcrRts) != 0) inputs |= kMsrCts;
  if ((state_.mcr & kMcrOut1) != 0) inputs |= kMsrRi;
  if ((state_.mcr & kMcrOut2) != 0) inputs |= kMsrDcd;
  return static_cast<std::uint8_t>(inputs);
}

/// Each delta bit is 4 below its input; RI only counts when it goes away (TERI, 8.9).
void Uart16550::update_modem() {
  const unsigned before = state_.msr & ~unsigned{kMsrDeltas};
  const unsigned now = modem_inputs();
  const unsigned changed = ((before ^ now) & ~unsigned{kMsrRi}) | (before & ~now & kMsrRi);
  state_.msr = static_cast<std::uint8_t>(now | (state_.msr & kMsrDeltas) | changed >> 4);
}

std::uint8_t Uart16550::pending() const {
  if ((state_.ier & kIerLineStatus) != 0 && state_.overrun) return kIirLineStatus;
  if ((state_.ier & kIerReceived) != 0 && state_.held != 0) {
    return state_.held >= trigger_level() ? kIirReceived : kIirTimeout;
  }
  if ((state_.ier & kIerTransmitterEmpty) != 0 && state_.thre_interrupt) {
    return kIirTransmitterEmpty;
  }
  if ((state_.ier & kIerModemStatus) != 0 && (state_.msr & kMsrDeltas) != 0) {
    return kIirModemStatus;
  }
  return kIirNone;
}

void Uart16550::offer_room() {
  if (!state_.refused_input || loopback() || state_.held == capacity()) return;
  state_.refused_input = false;
  backend_.resume();
}

void Uart16550::update_irq() {
  irq_.set((state_.mcr & kMcrOut2) != 0 && pending() != kIirNone);
}

}  // namespace minivmm
