#pragma once
// Big-endian bytes, as SCSI's answers are made of.

#include <cstddef>
#include <cstdint>
#include <utility>

#include "devices/ide/mmc.h"

namespace minivmm::ide::mmc {

inline void put_be(Bytes& bytes, std::size_t offset, std::size_t width, std::uint64_t value) {
  for (std::size_t i = 0; i < width; ++i)
    bytes.at(offset + i) = static_cast<std::uint8_t>(value >> 8 * (width - 1 - i) & 0xff);
}

/// What the initiator has room for.
inline Answer limited(Bytes bytes, std::size_t allocation) {
  if (bytes.size() > allocation) bytes.resize(allocation);
  return {.bytes = std::move(bytes)};
}

inline Answer refused(const Sense& sense) {
  return {.refused = sense};
}

}  // namespace minivmm::ide::mmc
