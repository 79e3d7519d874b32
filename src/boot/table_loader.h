#pragma once
// The script by which firmware places and links tables: "etc/table-loader" of QEMU's fw_cfg.

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace minivmm::boot {

/// Collects commands in the order in which firmware runs them. Files are named as in fw_cfg.
/// Source: SeaBIOS, src/fw/romfile_loader.h (the layout of an entry); QEMU, docs/specs/fw_cfg.
class TableLoader {
 public:
  static constexpr std::size_t kEntrySize = 128;
  static constexpr std::size_t kMaxName = 55;

  enum class Zone : std::uint8_t {
    kHigh = 1,      ///< Anywhere below 4 GiB.
    kFSegment = 2,  ///< In 0xf0000..0xfffff, where an OS searches.
  };

  /// Loads file into memory of its own. Comes before whatever else names the file.
  void allocate(std::string_view file, std::uint32_t alignment, Zone zone);
  /// Adds the address of target to the number of size bytes at offset in file.
  void add_pointer(std::string_view file, std::size_t offset, std::size_t size,
                   std::string_view target);
  /// Makes the sum of [start, start + length) of file 0 by the byte at offset. After the pointers.
  void add_checksum(std::string_view file, std::size_t offset, std::size_t start,
                    std::size_t length);

  /// All entries, one after another.
  [[nodiscard]] const std::vector<std::byte>& bytes() const { return bytes_; }

 private:
  /// Appends an entry that is filled with zeros up to its size.
  void append_entry(const std::vector<std::byte>& fields);

  std::vector<std::byte> bytes_;
};

}  // namespace minivmm::boot
