// A qcow2 image of anybody's making: whatever its tables say, requests end, and touch nothing but
// the file.

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "backends/block/disk_image.h"
#include "backends/block/qcow2/create.h"
#include "backends/block/qcow2/file_bytes.h"
#include "host/log.h"
#include "host/unique_fd.h"
#include "minivmm/error.h"
#include "support/fuzz_input.h"

namespace minivmm {
namespace {

constexpr std::uint64_t kSize = 1u << 20;
constexpr std::uint64_t kMostFile = 1u << 20;

// A sound image with a few bytes that are not, where the tables of such an image are.
void make_image(int fd, test::FuzzInput& input) {
  const unsigned cluster_bits = 9 + input.take<std::uint8_t>() % 5;
  const unsigned order = input.take<std::uint8_t>() % 7;
  qcow2::make_empty_image(fd, kSize, {.cluster_bits = cluster_bits, .refcount_order = order},
                          "disk");
  if (::ftruncate(fd, kMostFile) != 0) return;
  const unsigned changes = input.take<std::uint8_t>() % 32;
  for (unsigned i = 0; i < changes; ++i) {
    std::array<std::byte, 8> bytes{};
    const std::uint64_t cluster = input.take<std::uint8_t>() % 16;
    const std::uint64_t entry = input.take<std::uint8_t>() % 64;
    qcow2::store_be(bytes.data(), input.take<std::uint64_t>());
    qcow2::write_bytes(fd, (cluster << cluster_bits) + entry * 8, bytes, "disk");
  }
}

void run_requests(const DiskImage& image, test::FuzzInput& input) {
  const auto backend = image.make_backend();
  std::vector<std::byte> memory(256 * 1024);
  constexpr std::array kOps{BlockOp::kRead, BlockOp::kWrite, BlockOp::kFlush, BlockOp::kDiscard,
                            BlockOp::kWriteZeroes};
  std::vector<BlockCompletion> done;
  for (unsigned i = 0; i < 16 && !input.empty(); ++i) {
    BlockRequest request{.op = kOps[input.take<std::uint8_t>() % kOps.size()]};
    if (image.info().read_only && request.op != BlockOp::kFlush) request.op = BlockOp::kRead;
    const std::uint64_t sectors = image.info().size / kSectorSize;
    const std::uint64_t first = input.take<std::uint32_t>() % sectors;
    const std::uint64_t most =
        std::min<std::uint64_t>(sectors - first, memory.size() / kSectorSize);
    if (request.op != BlockOp::kFlush) {
      request.offset = first * kSectorSize;
      request.length = (input.take<std::uint16_t>() % most + 1) * kSectorSize;
    }
    if (request.op == BlockOp::kRead || request.op == BlockOp::kWrite)
      request.segments = {std::span(memory).first(request.length)};
    request.unmap = i % 2 == 0;
    backend->start(std::move(request));
    // Sometimes one after the other, else at once.
    while (i % 3 == 0 && backend->in_flight() != 0) backend->turn(BlockBackend::Wait::kYes, done);
  }
  while (backend->in_flight() != 0) backend->turn(BlockBackend::Wait::kYes, done);
}

}  // namespace
}  // namespace minivmm

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace minivmm;
  log::set_level(log::Level::kOff);
  test::FuzzInput input(data, size);
  const UniqueFd fd(::memfd_create("image", MFD_CLOEXEC));
  const bool read_only = input.take<std::uint8_t>() % 4 == 0;
  try {
    make_image(fd.get(), input);
    const DiskImage image({.path = "/proc/self/fd/" + std::to_string(fd.get()),
                           .read_only = read_only,
                           .format = DiskFormat::kQcow2});
    if (image.info().size <= 64 * kSize) run_requests(image, input);
  } catch (const ConfigError&) {
  } catch (const HostError&) {
  }
  return 0;
}
