#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <vector>

#include "backends/block/disk_image.h"
#include "cli/disk/actions.h"
#include "cli/disk/data_ranges.h"
#include "cli/disk/make_image.h"
#include "cli/disk/new_file.h"
#include "cli/disk/progress.h"
#include "cli/disk/requests.h"
#include "host/signals.h"
#include "minivmm/error.h"

namespace minivmm::cli::disk {
namespace {

// A cluster of the usual size: what is zero is left out in such pieces.
constexpr std::uint64_t kPiece = 64 * 1024;
constexpr std::uint64_t kChunk = 2u << 20;
constexpr std::size_t kChunks = 4;  // At once.

bool is_zero(std::span<const std::byte> bytes) {
  // Each byte is as its neighbour, and the first is zero.
  return bytes.empty() || (bytes[0] == std::byte{0} &&
                           std::memcmp(bytes.data(), bytes.data() + 1, bytes.size() - 1) == 0);
}

class Copy {
 public:
  Copy(const DiskImage& from, const DiskImage& to, const std::string& name)
      : from_(from),
        name_(name),
        reads_(from),
        writes_(to),
        memory_(kChunk * kChunks),
        progress_(from.info().size) {}

  void run(StopSignals& signals) {
    DataRange range = next_data(from_, 0);
    while (range.length != 0) {
      if (signals.next()) throw HostError(fmt::format("'{}' is not made: interrupted", name_));
      const std::uint64_t bytes = std::min<std::uint64_t>(range.length, memory_.size());
      copy(range.offset, bytes);
      progress_.show(range.offset + bytes);
      range = {range.offset + bytes, range.length - bytes};
      if (range.length == 0) range = next_data(from_, range.offset);
    }
    writes_.flush();
  }

 private:
  void copy(std::uint64_t offset, std::uint64_t length) {
    const std::span<std::byte> bytes = std::span(memory_).first(length);
    for (std::uint64_t at = 0; at < length; at += kChunk) {
      const auto chunk = bytes.subspan(at, std::min(kChunk, length - at));
      reads_.start({.op = BlockOp::kRead,
                    .offset = offset + at,
                    .length = chunk.size(),
                    .segments = {chunk}});
    }
    reads_.finish();
    std::uint64_t at = 0;
    while (at < length) at += write_from(offset + at, bytes.subspan(at));
    writes_.finish();
  }

  // The pieces at the beginning that are all zeroes, or that are all not, up to a chunk of them.
  std::uint64_t write_from(std::uint64_t offset, std::span<std::byte> bytes) {
    const auto piece_at = [&](std::uint64_t at) {
      // By the disk's own grid.
      const std::uint64_t to_grid = kPiece - (offset + at) % kPiece;
      return bytes.subspan(at, std::min<std::uint64_t>(to_grid, bytes.size() - at));
    };
    const bool zero = is_zero(piece_at(0));
    std::uint64_t length = piece_at(0).size();
    while (length < bytes.size() && length < kChunk && is_zero(piece_at(length)) == zero)
      length += piece_at(length).size();
    if (!zero)
      writes_.start({.op = BlockOp::kWrite,
                     .offset = offset,
                     .length = length,
                     .segments = {bytes.first(length)}});
    return length;
  }

  const DiskImage& from_;
  const std::string name_;
  Requests reads_;
  Requests writes_;
  std::vector<std::byte> memory_;
  Progress progress_;
};

}  // namespace

void convert(DiskConfig from, const DiskConfig& to, Existing existing) {
  StopSignals signals;
  from.read_only = true;
  const DiskImage source(from);
  NewFile file(to.path, existing);
  make_image(file.fd(), to, source.info().size);
  {
    const DiskImage target({.path = file.path_to_open(), .format = format_of(to)});
    Copy(source, target, to.path).run(signals);
  }
  file.publish();
}

}  // namespace minivmm::cli::disk
