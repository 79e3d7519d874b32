#include "kvm/account.h"

#include <fmt/format.h>

#include <iterator>
#include <span>
#include <string_view>

#include "kvm/kernel_interface.h"

namespace minivmm::kvm {
namespace {

std::string hex(std::span<const std::byte> bytes) {
  std::string text;
  for (const std::byte byte : bytes) {
    fmt::format_to(std::back_inserter(text), "{}{:02x}", text.empty() ? "" : " ",
                   std::to_integer<unsigned>(byte));
  }
  return text;
}

std::string_view suberror_name(std::uint32_t suberror) {
  switch (suberror) {
    case KVM_INTERNAL_ERROR_EMULATION:
      return "emulation failure: KVM met an instruction that it has to emulate and can't";
    case KVM_INTERNAL_ERROR_SIMUL_EX:
      return "simultaneous exceptions that KVM could not bring into an order";
    case KVM_INTERNAL_ERROR_DELIVERY_EV:
      return "an exit of the processor in the middle of delivering an interrupt or exception";
    case KVM_INTERNAL_ERROR_UNEXPECTED_EXIT_REASON:
      return "an exit of the processor for a reason that KVM doesn't know";
    default:
      return "a kind that minivmm has no name for";
  }
}

/// What happened, in one or two sentences.
struct Headline {
  std::string operator()(const Shutdown&) const {
    return "triple fault: an exception could not be delivered, nor the double fault that followed "
           "it, so the processor shut down.";
  }
  std::string operator()(const FailEntry& exit) const {
    const std::string cpu = exit.cpu == ~0u ? "" : fmt::format(" on the host's CPU {}", exit.cpu);
    return fmt::format(
        "the processor refused to enter the guest{}: hardware reason {:#x}. The guest's registers "
        "are in a state that the hardware doesn't allow.",
        cpu, exit.hardware_reason);
  }
  std::string operator()(const InternalError& exit) const {
    std::string text = fmt::format("KVM gave up (internal error {}): {}.", exit.suberror,
                                   suberror_name(exit.suberror));
    if (exit.instruction_size > 0) {
      text += fmt::format("\n  instruction  {}", hex(exit.instruction()));
    }
    if (exit.data_count > 0) {
      text += "\n  KVM's data  ";
      for (const std::uint64_t word : exit.data()) text += fmt::format(" {:#x}", word);
    }
    return text;
  }
  std::string operator()(const Unknown& exit) const {
    if (exit.reason == KVM_EXIT_UNKNOWN) {
      return fmt::format("KVM didn't understand the processor's exit: hardware reason {:#x}.",
                         exit.hardware_reason);
    }
    return fmt::format("KVM stopped for a reason that minivmm didn't ask for: exit {}.",
                       exit.reason);
  }
  template <typename Other>
  std::string operator()(const Other& exit) const {
    return fmt::format("stopped by the exit {}.", name(VcpuExit{exit}));
  }
};

}  // namespace

std::string headline(const VcpuExit& exit) {
  return std::visit(Headline{}, exit);
}

}  // namespace minivmm::kvm
