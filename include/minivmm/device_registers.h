#pragma once
// A device's registers by their datasheet names, for people who look into a machine.

#include <cstdint>
#include <string>
#include <vector>

namespace minivmm {

enum class Access : std::uint8_t { kRead, kWrite };

enum class AddressSpace : std::uint8_t { kPorts, kMemory };

/// Where an access goes: "com1", "LCR". Empty strings: nobody answers there, or no such register.
struct DevicePlace {
  std::string device{};
  std::string register_name{};
  friend bool operator==(const DevicePlace&, const DevicePlace&) = default;
};

/// A register, or a field that the specification names, as it is now.
struct RegisterValue {
  std::string name;  ///< "LCR", "device_status", "queue[0].queue_size".
  std::uint64_t value = 0;
  unsigned width = 1;     ///< In bytes.
  std::string meaning{};  ///< "8N1, DLAB"; may be empty.
};

/// A split virtqueue as the driver set it up.
struct QueueView {
  unsigned index = 0;
  std::uint16_t size = 0;
  bool enabled = false;
  std::uint64_t descriptors = 0;  ///< Guest-physical.
  std::uint64_t available = 0;
  std::uint64_t used = 0;
  std::uint64_t answered = 0;  ///< Requests, since the driver started it; 0 if that isn't counted.
};

/// What a device shows of itself. Threads: with the device's lock held.
class Inspectable {
 public:
  virtual ~Inspectable() = default;

  /// The name of the register at this offset of the range, as an access of that kind reaches it
  /// now (a 16550's offset 0 is RBR, THR or DLL); empty: there is none.
  [[nodiscard]] virtual std::string register_at(std::uint64_t /*offset*/, Access /*access*/) const {
    return {};
  }
  /// Everything, without the side effects that a guest's read would have.
  [[nodiscard]] virtual std::vector<RegisterValue> registers() const { return {}; }
  [[nodiscard]] virtual std::vector<QueueView> queues() const { return {}; }
};

}  // namespace minivmm
