#pragma once
// From a descriptor chain to what a disk should do: pure, no I/O (virtio 1.2, 5.2.6).

#include <cstddef>
#include <cstdint>
#include <vector>

#include "devices/virtio/blk_layout.h"
#include "devices/virtio/chain.h"
#include "minivmm/block_backend.h"

namespace minivmm::virtio {

/// What the device offers, by which requests are judged.
struct BlkRules {
  std::uint64_t sectors = 0;
  bool read_only = false;
  bool discard = false;                 ///< DISCARD was offered.
  bool write_zeroes = false;            ///< WRITE_ZEROES was offered.
  std::uint32_t max_range_sectors = 0;  ///< Of one range of DISCARD or WRITE_ZEROES.
  std::uint32_t max_ranges = 0;         ///< In one request.
};

/// What a request comes to.
struct BlkVerdict {
  enum class Action {
    kSubmit,        ///< Start the requests appended to submissions; answer when all have ended.
    kAnswer,        ///< Nothing to do: answer at once.
    kIdentify,      ///< Copy the disk's ID to the writable part, then answer.
    kUnanswerable,  ///< There is no byte to write a status to.
  };
  Action action = Action::kUnanswerable;
  std::uint8_t answer = kBlkOk;  ///< The status, when all goes well.
  std::uint32_t written = 0;     ///< Of a successful request, status included (2.7.8.2).
  std::byte* status = nullptr;   ///< The status byte in guest RAM: the writable part's last.
};

/// Judges chain by rules. For kSubmit appends one request or more to submissions, without tags;
/// otherwise leaves it as it was.
[[nodiscard]] BlkVerdict parse_request(const Chain& chain, const BlkRules& rules,
                                       std::vector<BlockRequest>& submissions);

/// The used length of an answer of which only the status byte is valid, as of every failure: it
/// counts when the writable part begins with it (2.7.8.2).
[[nodiscard]] std::uint32_t status_only_length(const Chain& chain);

}  // namespace minivmm::virtio
