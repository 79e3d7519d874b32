#pragma once
// A disk in an image, and what it ought to hold.

#include <algorithm>
#include <catch2/catch.hpp>
#include <fstream>
#include <memory>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "backends/block/disk_image.h"
#include "support/disk_driver.h"

namespace minivmm::test {

/// An image opened as a machine opens it.
class OpenDisk {
 public:
  explicit OpenDisk(const DiskConfig& config)
      : image_(config), backend_(image_.make_backend()), driver_(*backend_) {}
  [[nodiscard]] DiskDriver& driver() { return driver_; }
  [[nodiscard]] const BlockInfo& info() const { return backend_->info(); }
  [[nodiscard]] BlockBackend& backend() { return *backend_; }
  [[nodiscard]] DiskImage& image() { return image_; }

  [[nodiscard]] std::vector<std::byte> content() {
    std::vector<std::byte> bytes(info().size);
    REQUIRE(driver_.read(0, bytes) == 0);
    return bytes;
  }

 private:
  DiskImage image_;
  std::unique_ptr<BlockBackend> backend_;
  DiskDriver driver_;
};

inline std::vector<std::byte> random_bytes(std::size_t size, unsigned seed) {
  std::mt19937 random(seed);
  std::vector<std::byte> bytes(size);
  for (std::byte& byte : bytes) byte = static_cast<std::byte>(random());
  return bytes;
}

inline void write_file(const std::string& path, std::span<const std::byte> bytes) {
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(bytes.data()),
             static_cast<std::streamsize>(bytes.size()));
}

/// Requests of all kinds at random places, a few at a time, on the disk and on its twin. Those of
/// one batch don't overlap.
class RandomRequests {
 public:
  RandomRequests(OpenDisk& disk, std::vector<std::byte>& twin, unsigned seed)
      : disk_(disk.driver()), backend_(disk.backend()), twin_(twin), random_(seed) {}

  void run(unsigned batches) {
    for (unsigned i = 0; i < batches; ++i) batch();
  }

 private:
  static constexpr std::size_t kAtOnce = 8;

  void batch() {
    // Each request has a slice of the disk to itself.
    const std::uint64_t slice = twin_.size() / kAtOnce / kSectorSize * kSectorSize;
    std::vector<std::vector<std::byte>> buffers;
    std::vector<std::uint64_t> reads(kAtOnce, ~std::uint64_t{0});
    buffers.reserve(kAtOnce);
    for (std::size_t i = 0; i < kAtOnce; ++i) {
      const std::uint64_t sectors = slice / kSectorSize;
      const std::uint64_t most =
          random_() % 4 == 0 ? sectors : std::min<std::uint64_t>(sectors, 40);
      const std::uint64_t length = (random_() % most + 1) * kSectorSize;
      const std::uint64_t offset =
          i * slice + random_() % ((slice - length) / kSectorSize + 1) * kSectorSize;
      start(offset, length, buffers, reads[i]);
    }
    for (const BlockCompletion& each : disk_.drain()) REQUIRE(each.error == 0);
    for (std::size_t i = 0; i < kAtOnce; ++i) {
      if (reads[i] == ~std::uint64_t{0}) continue;
      REQUIRE(std::equal(buffers[i].begin(), buffers[i].end(),
                         twin_.begin() + static_cast<std::ptrdiff_t>(reads[i])));
    }
    if (random_() % 8 == 0) REQUIRE(disk_.flush() == 0);
  }

  void start(std::uint64_t offset, std::uint64_t length, auto& buffers, std::uint64_t& read_at) {
    const auto part = std::span(twin_).subspan(offset, length);
    auto& buffer = buffers.emplace_back(length);
    switch (random_() % 6) {
      case 0:
        read_at = offset;
        return disk_.start_read(offset, {buffer});
      case 1:
      case 2: {
        const bool unmap = random_() % 2 == 0;
        std::ranges::fill(part, std::byte{0});
        return backend_.start(
            {.op = BlockOp::kWriteZeroes, .offset = offset, .length = length, .unmap = unmap});
      }
      default:
        std::ranges::generate(buffer, [&] { return static_cast<std::byte>(random_()); });
        std::ranges::copy(buffer, part.begin());
        return disk_.start_write(offset, {buffer});
    }
  }

  DiskDriver& disk_;
  BlockBackend& backend_;
  std::vector<std::byte>& twin_;
  std::mt19937 random_;
};

}  // namespace minivmm::test
