#include "machine/exit_dispatch.h"

#include "minivmm/io_device.h"

namespace minivmm {

ExitDispatch::Outcome ExitDispatch::handle(const kvm::VcpuExit& exit) {
  return std::visit([this](const auto& typed) { return answer(typed); }, exit);
}

// A string instruction's exit carries all its elements: each is an access of its own to the port.
ExitDispatch::Outcome ExitDispatch::answer(const kvm::PioIn& exit) {
  for (std::size_t at = 0; at < exit.data.size(); at += exit.width)
    ports_.read(exit.port.value, exit.data.subspan(at, exit.width));
  history_.record({.kind = ExitKind::kPioIn,
                   .width = static_cast<std::uint8_t>(exit.width),
                   .address = exit.port.value,
                   .value = load_le(exit.data.first(exit.width)),
                   .repeated = exit.count()});
  return Outcome::kContinue;
}

ExitDispatch::Outcome ExitDispatch::answer(const kvm::PioOut& exit) {
  // Recorded first: the write may be the last thing that this guest does.
  history_.record({.kind = ExitKind::kPioOut,
                   .width = static_cast<std::uint8_t>(exit.width),
                   .address = exit.port.value,
                   .value = load_le(exit.data.first(exit.width)),
                   .repeated = exit.count()});
  for (std::size_t at = 0; at < exit.data.size(); at += exit.width)
    ports_.write(exit.port.value, exit.data.subspan(at, exit.width));
  return Outcome::kContinue;
}

ExitDispatch::Outcome ExitDispatch::answer(const kvm::MmioRead& exit) {
  mmio_.read(exit.address.value, exit.data);
  history_.record({.kind = ExitKind::kMmioRead,
                   .width = static_cast<std::uint8_t>(exit.data.size()),
                   .address = exit.address.value,
                   .value = load_le(exit.data)});
  return Outcome::kContinue;
}

ExitDispatch::Outcome ExitDispatch::answer(const kvm::MmioWrite& exit) {
  history_.record({.kind = ExitKind::kMmioWrite,
                   .width = static_cast<std::uint8_t>(exit.data.size()),
                   .address = exit.address.value,
                   .value = load_le(exit.data)});
  mmio_.write(exit.address.value, exit.data);
  return Outcome::kContinue;
}

// With KVM's irqchip a halted vCPU waits inside KVM; this is the answer should it come out.
ExitDispatch::Outcome ExitDispatch::answer(const kvm::Halt& /*exit*/) {
  history_.record({.kind = ExitKind::kHalt});
  return Outcome::kContinue;
}

ExitDispatch::Outcome ExitDispatch::answer(const kvm::Interrupted& /*exit*/) {
  history_.record({.kind = ExitKind::kInterrupted});
  return Outcome::kInterrupted;
}

ExitDispatch::Outcome ExitDispatch::answer(const kvm::Debug& exit) {
  history_.record({.kind = ExitKind::kDebug, .address = exit.pc});
  return Outcome::kFatal;
}

// The vCPU has answered these itself.
ExitDispatch::Outcome ExitDispatch::answer(const kvm::MsrRead& exit) {
  history_.record(
      {.kind = ExitKind::kMsrRead, .width = 8, .address = exit.index, .value = exit.value});
  return Outcome::kContinue;
}

ExitDispatch::Outcome ExitDispatch::answer(const kvm::MsrWrite& exit) {
  history_.record(
      {.kind = ExitKind::kMsrWrite, .width = 8, .address = exit.index, .value = exit.value});
  return Outcome::kContinue;
}

ExitDispatch::Outcome ExitDispatch::answer(const kvm::Shutdown& /*exit*/) {
  history_.record({.kind = ExitKind::kShutdown});
  return Outcome::kFatal;
}

}  // namespace minivmm
