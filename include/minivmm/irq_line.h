#pragma once
// The wires and messages by which a device interrupts: a device never knows an interrupt's number.

#include <cstdint>
#include <memory>

namespace minivmm {

/// A wire. The device drives its level; what edge or level mean is the interrupt controller's
/// business. Driving the level that it already has is free. Threads: any; takes no device's lock.
class IrqLine {
 public:
  virtual ~IrqLine() = default;
  virtual void set(bool asserted) = 0;
};

/// A wire that ends nowhere.
class UnconnectedLine final : public IrqLine {
 public:
  void set(bool /*asserted*/) override {}
};

/// A message signalled interrupt as PCI defines it: a 32-bit write of data to address.
struct MsiMessage {
  std::uint64_t address = 0;
  std::uint32_t data = 0;
  friend bool operator==(const MsiMessage&, const MsiMessage&) = default;
};

/// One MSI or MSI-X vector's way to the vCPUs (in the machine: an irqfd and its GSI route).
class MsiVector {
 public:
  virtual ~MsiVector() = default;
  /// From now on signal() sends this message. Slow; the device calls it when the guest unmasks or
  /// changes the vector. Threads: any one at a time for one vector.
  virtual void set_message(const MsiMessage& message) = 0;
  /// Sends the message once. Threads: any; never blocks.
  virtual void signal() = 0;
  /// An eventfd that does what signal() does; -1: there is none, or the message is no interrupt.
  [[nodiscard]] virtual int fd() const = 0;
};

/// Where a PCI function gets its vectors from.
class MsiVectorSource {
 public:
  virtual ~MsiVectorSource() = default;
  /// Throws HostError when the host has no more (KVM: routing entries or file descriptors).
  virtual std::unique_ptr<MsiVector> allocate() = 0;
};

}  // namespace minivmm
