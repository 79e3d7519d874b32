// Arbitrary accesses to a disk's configuration space and BARs, with the disk's thread between them.

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

#include "bus/bus.h"
#include "devices/pci/function.h"
#include "devices/virtio/virtio_blk.h"
#include "devices/virtio/virtio_pci.h"
#include "host/log.h"
#include "support/memory_disk.h"
#include "support/virtio_fakes.h"

namespace minivmm::virtio {
namespace {

constexpr std::size_t kRamSize = 64 << 10;
constexpr GuestAddress kRegisters{0xc000'0000};
constexpr GuestAddress kMsix{0xc001'0000};

struct Access {
  std::uint8_t kind = 0;
  std::uint8_t width = 0;
  std::uint16_t offset = 0;
  std::uint64_t value = 0;
};
constexpr std::size_t kAccessSize = 12;

class Machine {
 public:
  Machine() {
    const std::lock_guard guard(function_.lock());
    function_.assign_bar(kRegisterBar, kRegisters);
    function_.assign_bar(kMsixBar, kMsix);
    const std::array<std::byte, 2> memory_on{std::byte{pci::kCommandMemory}, std::byte{0}};
    function_.config_write(pci::kCommand, memory_on);
  }

  void perform(const Access& access) {
    std::array<std::byte, 8> data{};
    store_le(data, access.value);
    const std::span<std::byte> part = std::span(data).first(1u << (access.width % 4));
    switch (access.kind % 10) {
      case 0:
        return bus_.read(kRegisters.value + access.offset % kRegisterBarSize, part);
      case 1:
      case 2:
        return bus_.write(kRegisters.value + access.offset % kRegisterBarSize, part);
      case 3:
        return bus_.write(kRegisters.value + access.offset % sizeof(CommonConfig), part);
      case 4:
        return bus_.write(kMsix.value + access.offset % 4096, part);
      case 5:
        return bus_.read(kMsix.value + access.offset % 4096, part);
      case 6:
        return config(access.offset, part, true);
      case 7:
        return config(access.offset, part, false);
      case 8:
        return disk_.serve(function_.lock(), BlockBackend::Wait::kNo);
      default:
        return store(access);
    }
  }

  void finish() { disk_.drain(function_.lock()); }

 private:
  void config(std::uint32_t offset, std::span<std::byte> part, bool write) {
    const std::lock_guard guard(function_.lock());
    if (write) {
      function_.config_write(offset % 4096, part);
    } else {
      function_.config_read(offset % 4096, part);
    }
  }
  void store(const Access& access) {
    std::memcpy(ram_.data() + access.offset % (kRamSize - 8), &access.value, 8);
  }

  std::vector<std::byte> ram_ = std::vector<std::byte>(kRamSize);
  GuestMemory memory_{{MemoryRegion{{{0}, kRamSize}, ram_.data()}}};
  test::MemoryDisk backend_{{32 << 10, 512, 512, false}};
  VirtioBlk disk_{memory_, backend_, {"fuzz", "serial", 2}};
  Bus bus_{};
  test::FakeMsiVectors msi_{};
  test::FakeWire wire_{};
  test::FakeDoorbell::Record doorbell_{};
  VirtioPci function_{{&bus_, nullptr, &wire_}, msi_, disk_, [this] {
                        return std::make_unique<test::FakeDoorbell>(doorbell_);
                      }};
};

}  // namespace
}  // namespace minivmm::virtio

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace minivmm::virtio;
  minivmm::log::set_level(minivmm::log::Level::kOff);
  Machine machine;
  for (; size >= kAccessSize; data += kAccessSize, size -= kAccessSize) {
    Access access;
    access.kind = data[0];
    access.width = data[1];
    std::memcpy(&access.offset, data + 2, sizeof(access.offset));
    std::memcpy(&access.value, data + 4, sizeof(access.value));
    machine.perform(access);
  }
  machine.finish();
  return 0;
}
