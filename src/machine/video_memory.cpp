#include "machine/video_memory.h"

#include "devices/vga/vga_pci.h"
#include "kvm/coalesced_writes.h"
#include "machine/layout.h"

namespace minivmm {

VideoMemory::VideoMemory(std::uint64_t vram)
    : memory(vram + vga::VgaPci::kTextMemory),
      framebuffer(memory.map_again()),
      legacy(memory.map_again()) {}

VideoWindows::VideoWindows(kvm::MemoryWindows& windows, const VideoMemory& memory)
    : framebuffer(windows.add(layout::kFramebufferMemorySlot, memory.framebuffer.bytes())),
      legacy(windows.add(layout::kVgaWindowMemorySlot, memory.legacy.bytes())) {}

std::unique_ptr<PostedWrites> post_video_writes(const kvm::Vm& vm, const kvm::Vcpu& vcpu) {
  return std::make_unique<kvm::CoalescedWrites>(
      vm, vcpu, kvm::CoalescedWrites::Ranges{{vga::kLegacyRange}, {vga::VgaPci::kPostedPorts}});
}

}  // namespace minivmm
