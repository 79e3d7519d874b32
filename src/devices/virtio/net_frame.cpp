#include "devices/virtio/net_frame.h"

#include <algorithm>

namespace minivmm::virtio {
namespace {

bool gso_allowed(std::uint8_t type, const NetOffloads& allowed) {
  if ((type & NetHeader::kGsoEcn) != 0 && !allowed.ecn) return false;
  switch (type & ~NetHeader::kGsoEcn) {
    case NetHeader::kGsoTcp4:
      return allowed.tso4;
    case NetHeader::kGsoTcp6:
      return allowed.tso6;
    case NetHeader::kGsoUdp:
      return allowed.ufo && type == NetHeader::kGsoUdp;
    default:
      return false;
  }
}

// 5.1.6.2.1 says what a driver must and must not do; what of it was broken, or nothing.
std::string_view broken_rule(const NetHeader& header, const NetOffloads& allowed,
                             std::uint64_t size) {
  const bool checksum = (header.flags & NetHeader::kNeedsChecksum) != 0;
  if (checksum && !allowed.checksum) return "a checksum is asked for that was not agreed on";
  constexpr std::uint64_t kChecksumSize = 2;
  if (checksum && std::uint64_t{header.csum_start} + header.csum_offset + kChecksumSize > size)
    return "a checksum's place is beyond its frame";
  if (header.gso_type == NetHeader::kGsoNone) return {};
  if (!gso_allowed(header.gso_type, allowed)) return "a segmentation that was not agreed on";
  if (!checksum) return "a frame to be segmented asks for no checksum";
  if (header.gso_size == 0) return "a frame to be segmented names no size";
  return {};
}

void skip_header(std::span<const Segment> from, std::vector<Segment>& pieces) {
  std::size_t left = sizeof(NetHeader);
  pieces.clear();
  for (const Segment& segment : from) {
    const std::size_t skipped = std::min(left, segment.size());
    left -= skipped;
    if (skipped < segment.size()) pieces.push_back(segment.subspan(skipped));
  }
}

}  // namespace

OutgoingFrame parse_outgoing(const Chain& chain, const NetRules& rules,
                             std::vector<Segment>& pieces) {
  using Action = OutgoingFrame::Action;
  OutgoingFrame frame;
  // 5.1.6.2: header and frame are for the device to read, and nothing is to be written.
  if (!chain.writable().empty()) {
    frame.problem = "a frame to send lies in a buffer to write";
    return frame;
  }
  if (gather(chain.readable(), 0, std::as_writable_bytes(std::span(&frame.header, 1))) !=
      sizeof(NetHeader)) {
    frame.problem = "a frame to send has no whole header";
    return frame;
  }
  const std::uint64_t size = chain.readable_size() - sizeof(NetHeader);
  frame.problem = broken_rule(frame.header, rules.from_guest, size);
  if (!frame.problem.empty()) return frame;
  // 5.1.6.2.2: the device must not use what was not set for it.
  frame.header.flags &= NetHeader::kNeedsChecksum;
  frame.header.num_buffers = 0;
  if (frame.header.flags == 0) frame.header.csum_start = frame.header.csum_offset = 0;
  if (frame.header.gso_type == NetHeader::kGsoNone) frame.header.gso_size = 0;
  // 5.1.6.2.2: hdr_len is a hint that the device must not rely on.
  if (frame.header.hdr_len > size) frame.header.hdr_len = 0;
  frame.action = size < kMinFrame || size > kMaxFrame ? Action::kDrop : Action::kSend;
  skip_header(chain.readable(), pieces);
  return frame;
}

bool may_receive(const NetHeader& header, const NetOffloads& allowed) {
  if ((header.flags & NetHeader::kNeedsChecksum) != 0 && !allowed.checksum) return false;
  return header.gso_type == NetHeader::kGsoNone || gso_allowed(header.gso_type, allowed);
}

}  // namespace minivmm::virtio
