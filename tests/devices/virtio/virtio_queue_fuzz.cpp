// Arbitrary bytes as guest memory, rings included, in front of a disk: whatever they say, the disk
// stays within RAM and its image, and everything it takes comes to an end.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <span>
#include <vector>

#include "devices/virtio/features.h"
#include "devices/virtio/virtio_blk.h"
#include "host/log.h"
#include "support/memory_disk.h"
#include "support/virtio_fakes.h"

namespace minivmm::virtio {
namespace {

constexpr std::size_t kRamSize = 16 << 10;
constexpr unsigned kTurns = 4;

/// The first bytes of an input: how the driver set up its queue.
struct Setup {
  std::uint8_t size_exponent = 0;
  std::uint8_t features = 0;  // Bits: INDIRECT_DESC, EVENT_IDX, the disk's FLUSH, in flight.
  std::uint16_t descriptors = 0;
  std::uint16_t available = 0;
  std::uint16_t used = 0;
};

QueueConfig config_from(const Setup& setup) {
  QueueConfig config;
  config.size = static_cast<std::uint16_t>(1u << (setup.size_exponent % 9));
  config.indirect = (setup.features & 1) != 0;
  config.event_idx = (setup.features & 2) != 0;
  config.descriptors = {setup.descriptors};
  config.available = {setup.available};
  config.used = {setup.used};
  return config;
}

void run(const Setup& setup, std::span<const std::uint8_t> image) {
  // Exactly as large as RAM, so that a step beyond it is seen.
  std::vector<std::byte> ram(kRamSize);
  std::memcpy(ram.data(), image.data(), std::min(image.size(), ram.size()));
  const GuestMemory memory({MemoryRegion{{{0}, kRamSize}, ram.data()}});
  test::MemoryDisk backend({32 << 10, 512, 512, false});
  test::FakeTransport transport;
  VirtioBlk disk(memory, backend, {"fuzz", "serial", 1});
  std::mutex lock;

  disk.activate(transport, (setup.features & 4) != 0 ? kBlkFeatureFlush : 0);
  disk.start_queue(0, config_from(setup));
  if ((setup.features & 8) != 0) backend.hold();
  for (unsigned turn = 0; turn < kTurns; ++turn) disk.serve(lock, BlockBackend::Wait::kNo);
  if ((setup.features & 16) != 0) disk.reset();
  backend.release();
  disk.drain(lock);
  if (!disk.idle()) std::abort();
}

}  // namespace
}  // namespace minivmm::virtio

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using minivmm::virtio::Setup;
  minivmm::log::set_level(minivmm::log::Level::kOff);
  Setup setup;
  if (size < sizeof(setup)) return 0;
  std::memcpy(&setup, data, sizeof(setup));
  minivmm::virtio::run(setup, {data + sizeof(setup), size - sizeof(setup)});
  return 0;
}
