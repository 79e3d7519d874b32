#pragma once
// A PCI function with one BAR of each kind, an expansion ROM, MSI-X and INTx, whose insides a test
// can reach.

#include <array>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "devices/pci/function.h"
#include "support/fake_irq_line.h"
#include "support/fake_msi_source.h"

namespace minivmm::test {

/// Registers that read as a constant and remember the last write.
class FakeRegisters final : public IoDevice {
 public:
  FakeRegisters(std::mutex& lock, std::uint8_t value) : IoDevice(lock), value_(value) {}

  void read(std::uint64_t /*offset*/, std::span<std::byte> data) override {
    for (std::byte& byte : data) byte = std::byte{value_};
  }
  void write(std::uint64_t offset, std::span<const std::byte> data) override {
    last_write = {offset, load_le(data)};
  }

  std::optional<std::pair<std::uint64_t, std::uint64_t>> last_write{};

 private:
  const std::uint8_t value_;
};

class TestPciFunction final : public pci::PciFunction {
 public:
  static constexpr unsigned kMmio32Bar = 0;
  static constexpr unsigned kMsixBar = 1;
  static constexpr unsigned kIoBar = 2;
  static constexpr unsigned kMmio64Bar = 4;
  static constexpr std::uint64_t kMmio32Size = 0x1000;
  static constexpr std::uint64_t kIoSize = 0x40;
  static constexpr std::uint64_t kMmio64Size = 0x4000;
  static constexpr std::uint64_t kRomSize = 0x8000;
  static constexpr unsigned kVectors = 4;

  TestPciFunction(const Wiring& wiring, MsiVectorSource& source)
      : PciFunction({.vendor = 0x1234,
                     .device = 0x5678,
                     .class_code = 0x01'02'03,
                     .revision = 9,
                     .subsystem_vendor = 0xabcd,
                     .subsystem = 0xef01},
                    wiring),
        msix(lock(), kVectors, source) {
    add_bar(kMmio32Bar, pci::BarKind::kMmio32, kMmio32Size, mmio32);
    add_msix(kMsixBar, msix);
    add_bar(kIoBar, pci::BarKind::kIo, kIoSize, io);
    add_bar(kMmio64Bar, pci::BarKind::kMmio64, kMmio64Size, mmio64, pci::Prefetchable::kYes);
    add_rom(kRomSize, rom);
    use_intx();
  }

  void request(bool asserted) {
    const std::lock_guard guard(lock());
    set_intx(asserted);
  }
  void signal(unsigned vector) {
    const std::lock_guard guard(lock());
    msix.signal(vector);
  }

  /// A guest's configuration accesses.
  std::uint32_t get(std::uint32_t offset, std::size_t bytes) {
    const std::lock_guard guard(lock());
    std::array<std::byte, 4> data{};
    config_read(offset, std::span(data).first(bytes));
    return static_cast<std::uint32_t>(load_le(data));
  }
  void set(std::uint32_t offset, std::size_t bytes, std::uint32_t value) {
    const std::lock_guard guard(lock());
    std::array<std::byte, 4> data{};
    store_le(data, value);
    config_write(offset, std::span(data).first(bytes));
  }

  struct Mapping {
    unsigned index;
    std::optional<std::uint64_t> address;
    bool operator==(const Mapping&) const = default;
  };
  std::vector<Mapping> mappings{};  ///< The calls of bar_mapped().

  FakeRegisters mmio32{lock(), 0x32};
  FakeRegisters io{lock(), 0x10};
  FakeRegisters mmio64{lock(), 0x64};
  FakeRegisters rom{lock(), 0x55};
  pci::Msix msix;

 protected:
  void bar_mapped(unsigned index, std::optional<GuestAddress> address) override {
    std::optional<std::uint64_t> value;
    if (address) value = address->value;
    mappings.push_back({index, value});
  }
};

/// The function and everything that it is wired to.
struct TestPciMachine {
  Bus mmio{};
  Bus ports{};
  FakeIrqLine intx{};
  FakeMsiSource msi{};
  TestPciFunction function{{.mmio = &mmio, .ports = &ports, .intx = &intx}, msi};
};

}  // namespace minivmm::test
