#pragma once
// What IDENTIFY DEVICE and IDENTIFY PACKET DEVICE answer: 256 words (ATA/ATAPI-6, 8.15 and 8.16).

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace minivmm::ide {

inline constexpr std::size_t kIdentifyBytes = 512;

/// What a disk says of itself.
struct DiskFacts {
  std::uint64_t sectors = 0;
  std::string_view serial{};  ///< The first 20 characters count.

  // CHS translation: what the drive prefers, and what INITIALIZE DEVICE PARAMETERS chose.
  struct Geometry {
    std::uint16_t cylinders = 0;
    std::uint8_t heads = 16;
    std::uint8_t sectors = 63;  ///< A track.
  };
  Geometry default_geometry{};
  Geometry geometry{};

  std::uint8_t most_multiple = 0;   ///< Sectors of a block of READ MULTIPLE.
  std::uint8_t multiple = 0;        ///< The chosen one; 0: none.
  std::uint8_t multiword_mode = 0;  ///< The selected mode's bit; 0: none.
  std::uint8_t ultra_mode = 0;
  bool write_cache = true;
  bool look_ahead = true;
};

/// Fills block, of kIdentifyBytes.
void identify_disk(const DiskFacts& facts, std::span<std::byte> block);

/// A CD-ROM drive's.
struct CdFacts {
  std::string_view serial{};
  std::uint8_t multiword_mode = 0;
  std::uint8_t ultra_mode = 0;
};
void identify_cd(const CdFacts& facts, std::span<std::byte> block);

}  // namespace minivmm::ide
