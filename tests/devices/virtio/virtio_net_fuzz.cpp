// Arbitrary descriptors, headers and commands in a card's queues.

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <mutex>
#include <vector>

#include "devices/virtio/virtio_net.h"
#include "host/log.h"
#include "support/fake_network.h"
#include "support/fuzz_input.h"
#include "support/virtio_fakes.h"

namespace minivmm::virtio {
namespace {

constexpr std::size_t kRamSize = 64 << 10;
constexpr std::uint16_t kQueueEntries = 8;
constexpr std::uint64_t kQueueSpace = 0x1000;  // Of a queue: descriptors, then rings.
constexpr std::uint64_t kData = 0x8000;

NetInfo network_info() {
  NetInfo info;
  info.queue_pairs = 2;
  info.from_guest = info.to_guest = {true, true, true, true, true};
  return info;
}

class Machine {
 public:
  explicit Machine(test::FuzzInput& input) : input_(input) {}

  void run() {
    start();
    for (unsigned turn = 0; turn < 16 && !input_.empty(); ++turn) {
      for (std::uint16_t queue = 0; queue < 5; ++queue) fill(queue);
      for (unsigned i = input_.take<std::uint8_t>() % 4; i > 0; --i) arrive();
      network_.takes = input_.take<std::uint8_t>() % 4 != 0;
      card_.serve(lock_, NetBackend::Wait::kNo);
      if (input_.take<std::uint8_t>() % 16 == 0) {
        card_.reset();
        start();
      }
    }
  }

 private:
  void start() {
    card_.activate(transport_, input_.take<std::uint64_t>() & card_.traits().features);
    for (std::uint16_t queue = 0; queue < 5; ++queue) {
      const std::uint64_t at = kQueueSpace * queue;
      std::memset(ram_.data() + at, 0, kQueueSpace);
      available_[queue] = 0;
      QueueConfig config;
      config.size = kQueueEntries;
      config.descriptors = {at};
      config.available = {at + 0x400};
      config.used = {at + 0x800};
      config.indirect = true;
      config.event_idx = queue % 2 == 0;
      card_.start_queue(queue, config);
    }
  }

  void fill(std::uint16_t queue) {
    const std::uint64_t at = kQueueSpace * queue;
    const unsigned descriptors = input_.take<std::uint8_t>() % (kQueueEntries + 1u);
    for (unsigned i = 0; i < descriptors; ++i) {
      Descriptor descriptor;
      descriptor.address = kData + input_.take<std::uint16_t>() % 0x9000;
      descriptor.length = input_.take<std::uint16_t>() % 4000;
      descriptor.flags = input_.take<std::uint8_t>() % 8;
      descriptor.next = input_.take<std::uint8_t>() % kQueueEntries;
      std::memcpy(ram_.data() + at + i * sizeof descriptor, &descriptor, sizeof descriptor);
    }
    // The header or the command that the first one may point to.
    const auto header = input_.take<std::array<std::uint8_t, 16>>();
    std::memcpy(ram_.data() + kData + input_.take<std::uint8_t>(), header.data(), header.size());
    for (unsigned i = input_.take<std::uint8_t>() % 4; i > 0; --i) {
      const std::uint16_t head = input_.take<std::uint8_t>() % kQueueEntries;
      const std::uint64_t entry = at + 0x404 + 2u * (available_[queue] % kQueueEntries);
      std::memcpy(ram_.data() + entry, &head, sizeof head);
      ++available_[queue];
    }
    std::memcpy(ram_.data() + at + 0x402, &available_[queue], sizeof available_[queue]);
  }

  void arrive() {
    NetHeader header;
    header.flags = input_.take<std::uint8_t>() % 4;
    header.gso_type = input_.take<std::uint8_t>();
    network_.arrive(std::vector<std::byte>(kMinFrame + input_.take<std::uint16_t>()), header,
                    input_.take<std::uint8_t>() % 2);
  }

  test::FuzzInput& input_;
  std::vector<std::byte> ram_ = std::vector<std::byte>(kRamSize);
  GuestMemory memory_{{MemoryRegion{{{0}, kRamSize}, ram_.data()}}};
  test::FakeNetwork network_{network_info()};
  VirtioNet card_{memory_, network_, {.queue_pairs = 2}};
  test::FakeTransport transport_{};
  std::mutex lock_{};
  std::array<std::uint16_t, 5> available_{};
};

}  // namespace
}  // namespace minivmm::virtio

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  minivmm::log::set_level(minivmm::log::Level::kOff);
  minivmm::test::FuzzInput input(data, size);
  minivmm::virtio::Machine machine(input);
  machine.run();
  return 0;
}
