#include "devices/virtio/blk_request.h"

#include <algorithm>
#include <optional>
#include <span>

namespace minivmm::virtio {
namespace {

using Action = BlkVerdict::Action;

bool fits(std::uint64_t sector, std::uint64_t count, std::uint64_t sectors) {
  return sector <= sectors && count <= sectors - sector;
}

std::byte* last_byte(std::span<const Segment> segments) {
  return segments.empty() ? nullptr : &segments.back().back();
}

/// One request while it is being judged.
class Judge {
 public:
  Judge(const Chain& chain, const BlkRules& rules, std::vector<BlockRequest>& submissions)
      : chain_(chain), rules_(rules), submissions_(submissions) {}

  BlkVerdict judge() {
    verdict_.status = last_byte(chain_.writable());
    if (verdict_.status == nullptr) return verdict_;
    // 2.6.4: where the driver cuts its buffers says nothing; the header may come in pieces.
    if (gather(chain_.readable(), 0, std::as_writable_bytes(std::span(&header_, 1))) !=
        sizeof(header_)) {
      return answer(kBlkIoError);
    }
    switch (header_.type) {
      case kBlkIn:
        return transfer(BlockOp::kRead);
      case kBlkOut:
        return rules_.read_only ? answer(kBlkIoError) : transfer(BlockOp::kWrite);
      case kBlkFlush:
        return flush();
      case kBlkGetId:
        return identify();
      case kBlkDiscard:
        return ranges(BlockOp::kDiscard, rules_.discard);
      case kBlkWriteZeroes:
        return ranges(BlockOp::kWriteZeroes, rules_.write_zeroes);
      default:
        return answer(kBlkUnsupported);
    }
  }

 private:
  /// Bytes between the header and the status.
  [[nodiscard]] std::uint64_t data_out() const { return chain_.readable_size() - sizeof(header_); }
  [[nodiscard]] std::uint64_t data_in() const { return chain_.writable_size() - 1; }

  BlkVerdict answer(std::uint8_t status) {
    verdict_.action = Action::kAnswer;
    verdict_.answer = status;
    verdict_.written = status_only_length(chain_);
    return verdict_;
  }

  BlkVerdict submit() {
    verdict_.action = Action::kSubmit;
    verdict_.written = status_only_length(chain_);
    return verdict_;
  }

  /// 5.2.6.1: a multiple of 512 bytes, within the capacity.
  BlkVerdict transfer(BlockOp op) {
    const bool is_read = op == BlockOp::kRead;
    const std::uint64_t length = is_read ? data_in() : data_out();
    if (length % kSectorSize != 0) return answer(kBlkIoError);
    if (!fits(header_.sector, length / kSectorSize, rules_.sectors)) return answer(kBlkIoError);
    if (length == 0) return answer(kBlkOk);
    BlockRequest& request = submissions_.emplace_back();
    request.op = op;
    request.offset = header_.sector * kSectorSize;
    request.length = length;
    request.segments = is_read ? slice(chain_.writable(), 0, length)
                               : slice(chain_.readable(), sizeof(header_), length);
    submit();
    // At most 2^32 - 512 + 1: a chain has no more than 2^32 bytes, header and status included.
    if (is_read) verdict_.written = static_cast<std::uint32_t>(length + 1);
    return verdict_;
  }

  /// 5.2.6.1: the sector of a flush is 0; one that isn't changes nothing.
  BlkVerdict flush() {
    submissions_.emplace_back().op = BlockOp::kFlush;
    return submit();
  }

  BlkVerdict identify() {
    const std::uint64_t valid = std::min<std::uint64_t>(data_in(), kBlkIdSize);
    verdict_.action = Action::kIdentify;
    // The status follows the string at once, when the driver's buffer is no larger.
    verdict_.written = static_cast<std::uint32_t>(valid == data_in() ? valid + 1 : valid);
    return verdict_;
  }

  BlkVerdict ranges(BlockOp op, bool offered) {
    if (!offered) return answer(rules_.read_only ? kBlkIoError : kBlkUnsupported);
    const std::uint64_t count = data_out() / sizeof(BlkRange);
    if (data_out() % sizeof(BlkRange) != 0) return answer(kBlkIoError);
    if (count > rules_.max_ranges) return answer(kBlkIoError);
    const std::size_t before = submissions_.size();
    for (std::uint64_t i = 0; i < count; ++i) {
      BlkRange range;
      gather(chain_.readable(), sizeof(header_) + i * sizeof(range),
             std::as_writable_bytes(std::span(&range, 1)));
      const std::uint8_t status = append(op, range);
      if (status == kBlkOk) continue;
      submissions_.resize(before);
      return answer(status);
    }
    return submissions_.size() == before ? answer(kBlkOk) : submit();
  }

  std::uint8_t append(BlockOp op, const BlkRange& range) {
    // 5.2.6.2: unknown flags are not supported, nor is unmap in a discard.
    const std::uint32_t known = op == BlockOp::kWriteZeroes ? kBlkRangeUnmap : 0;
    if ((range.flags & ~known) != 0) return kBlkUnsupported;
    if (range.num_sectors > rules_.max_range_sectors) return kBlkIoError;
    if (!fits(range.sector, range.num_sectors, rules_.sectors)) return kBlkIoError;
    if (range.num_sectors == 0) return kBlkOk;
    BlockRequest& request = submissions_.emplace_back();
    request.op = op;
    request.offset = range.sector * kSectorSize;
    request.length = std::uint64_t{range.num_sectors} * kSectorSize;
    request.unmap = (range.flags & kBlkRangeUnmap) != 0;
    return kBlkOk;
  }

  const Chain& chain_;
  const BlkRules& rules_;
  std::vector<BlockRequest>& submissions_;
  BlkHeader header_{};
  BlkVerdict verdict_{};
};

}  // namespace

BlkVerdict parse_request(const Chain& chain, const BlkRules& rules,
                         std::vector<BlockRequest>& submissions) {
  return Judge(chain, rules, submissions).judge();
}

std::uint32_t status_only_length(const Chain& chain) {
  return chain.writable_size() == 1 ? 1 : 0;
}

}  // namespace minivmm::virtio
