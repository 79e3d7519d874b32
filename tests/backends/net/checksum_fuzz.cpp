// Arbitrary frames whose checksums a driver left to be computed.

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

#include "backends/net/checksum.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using minivmm::NetHeader;
  NetHeader header;
  if (size < sizeof header + minivmm::kMinFrame) return 0;
  std::memcpy(&header, data, sizeof header);
  std::vector<std::byte> frame(size - sizeof header);
  std::memcpy(frame.data(), data + sizeof header, frame.size());
  // What the device has checked before.
  if (std::size_t{header.csum_start} + header.csum_offset + 2 > frame.size()) return 0;
  minivmm::net::finish_frame(header, frame);
  return 0;
}
