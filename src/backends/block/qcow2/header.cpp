#include "backends/block/qcow2/header.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <vector>

#include "backends/block/qcow2/file_bytes.h"
#include "minivmm/block_backend.h"
#include "minivmm/error.h"

namespace minivmm::qcow2 {
namespace {

constexpr std::size_t kMostBackingName = 1023;
constexpr std::uint64_t kKnownIncompatible = kDirty | kCorrupt;

class Parser {
 public:
  Parser(std::span<const std::byte> bytes, std::uint64_t file_size, std::string_view name,
         std::string_view path)
      : bytes_(bytes), file_size_(file_size), name_(name), path_(path) {}

  Header parse() {
    if (bytes_.size() < kHeaderBytesV2 || field<std::uint32_t>(kHeaderMagic) != kMagic)
      fail("it is not a qcow2 image", "give ,format=raw if that is what it is");
    parse_version();
    parse_geometry();
    refuse_features();
    parse_tables();
    parse_backing();
    return header_;
  }

 private:
  template <typename T>
  [[nodiscard]] T field(std::size_t offset) const {
    return load_be<T>(bytes_.data() + offset);
  }

  [[noreturn]] void fail(std::string_view what, std::string_view remedy) const {
    throw ConfigError(fmt::format("{}: {} ({})", name_, what, remedy));
  }
  [[noreturn]] void damaged(std::string_view what) const {
    fail(fmt::format("its header is damaged: {}", what),
         fmt::format("was it copied completely? qemu-img check '{}' tells more", path_));
  }

  void parse_version() {
    header_.version = field<std::uint32_t>(kHeaderVersion);
    if (header_.version != 2 && header_.version != 3)
      fail(fmt::format("it is of qcow2's version {}, and 2 and 3 are known", header_.version),
           "qemu-img convert makes one of those");
    length_ = kHeaderBytesV2;
    if (header_.version == 2) return;
    if (bytes_.size() < kHeaderBytesV3) damaged("it ends too early");
    length_ = field<std::uint32_t>(kHeaderLength);
    if (length_ < kHeaderBytesV3 || length_ % 8 != 0 || length_ > bytes_.size())
      damaged(fmt::format("a length of {} bytes", length_));
    header_.incompatible = field<std::uint64_t>(kHeaderIncompatible);
    header_.compatible = field<std::uint64_t>(kHeaderCompatible);
    header_.autoclear = field<std::uint64_t>(kHeaderAutoclear);
    header_.geometry.refcount_order = field<std::uint32_t>(kHeaderRefcountOrder);
  }

  void parse_geometry() {
    Geometry& geometry = header_.geometry;
    geometry.cluster_bits = field<std::uint32_t>(kHeaderClusterBits);
    if (geometry.cluster_bits < kSmallestClusterBits || geometry.cluster_bits > kLargestClusterBits)
      damaged(fmt::format("clusters of 2^{} bytes (512 to 2M are known)", geometry.cluster_bits));
    if (geometry.refcount_order > kLargestRefcountOrder)
      damaged(fmt::format("refcounts of 2^{} bits", geometry.refcount_order));
    bytes_ = bytes_.first(std::min<std::size_t>(bytes_.size(), geometry.cluster_size()));
    if (length_ > bytes_.size()) damaged("it is longer than a cluster");
  }

  void refuse_features() {
    static constexpr std::array<const char*, 3> kMethods{"", " (AES)", " (LUKS)"};
    const auto method = field<std::uint32_t>(kHeaderCryptMethod);
    if (method != 0)
      fail(fmt::format("it is encrypted{}", method < kMethods.size() ? kMethods[method] : ""),
           "decrypt it by qemu-img convert");
    const std::uint64_t unknown = header_.incompatible & ~kKnownIncompatible;
    for (unsigned bit = 0; bit < 64; ++bit) {
      if ((unknown >> bit & 1) == 0) continue;
      fail(fmt::format("it needs {}, which minivmm doesn't know", feature_name(bit)),
           fmt::format("qemu-img convert -O qcow2 '{}' plain.qcow2 makes an image without", path_));
    }
  }

  [[nodiscard]] std::string feature_name(unsigned bit) const {
    switch (1ull << bit) {
      case kExternalData:
        return "an external data file";
      case kCompressionType:
        return "another compression than zlib (zstd)";
      case kExtendedL2:
        return "extended L2 entries";
      default:
        break;
    }
    constexpr std::size_t kEntry = 48;  // "Feature name table": type, bit, name.
    constexpr std::byte kIncompatibleType{0};
    std::span<const std::byte> table = extension(kExtensionFeatureNames);
    for (; table.size() >= kEntry; table = table.subspan(kEntry)) {
      if (table[0] != kIncompatibleType || table[1] != std::byte(bit)) continue;
      return fmt::format("'{}'", printable(table.subspan(2, kEntry - 2)));
    }
    return fmt::format("the incompatible feature {}", bit);
  }

  // Up to the first zero; what a terminal might obey is left out.
  [[nodiscard]] static std::string printable(std::span<const std::byte> bytes) {
    std::string text;
    for (const std::byte byte : bytes) {
      const auto c = std::to_integer<unsigned char>(byte);
      if (c == 0) break;
      text += c >= 0x20 && c < 0x7f ? static_cast<char>(c) : '?';
    }
    return text;
  }

  // "Header extensions": type, length, data, padded to 8 bytes. Empty where there is none.
  [[nodiscard]] std::span<const std::byte> extension(std::uint32_t wanted) const {
    constexpr std::size_t kPreamble = 8;
    std::size_t at = length_;
    while (bytes_.size() >= kPreamble && at <= bytes_.size() - kPreamble) {
      const auto type = field<std::uint32_t>(at);
      const std::size_t length = field<std::uint32_t>(at + 4);
      if (type == kExtensionEnd || length > bytes_.size() - at - kPreamble) break;
      if (type == wanted) return bytes_.subspan(at + kPreamble, length);
      at += kPreamble + ((length + 7) & ~std::size_t{7});
    }
    return {};
  }

  void parse_tables() {
    const Geometry& geometry = header_.geometry;
    header_.size = field<std::uint64_t>(kHeaderSize);
    if (header_.size == 0) fail("it has no content", "give it a size: minivmm disk resize");
    if (header_.size % kSectorSize != 0 || header_.size > 1ull << 62)
      damaged(fmt::format("a disk of {} bytes", header_.size));
    header_.l1_entries = field<std::uint32_t>(kHeaderL1Size);
    header_.l1_offset = field<std::uint64_t>(kHeaderL1Offset);
    const std::uint64_t l1_bytes = std::uint64_t{header_.l1_entries} * 8;
    if (header_.l1_entries < geometry.l1_entries_for(header_.size) || l1_bytes > kMostL1Bytes)
      damaged(fmt::format("an L1 table of {} entries", header_.l1_entries));
    check_place("L1 table", header_.l1_offset, l1_bytes);
    header_.refcount_table_offset = field<std::uint64_t>(kHeaderRefcountTable);
    header_.refcount_table_clusters = field<std::uint32_t>(kHeaderRefcountClusters);
    const std::uint64_t clusters = header_.refcount_table_clusters;
    if (clusters == 0 || clusters * geometry.cluster_size() > kMostRefcountTableBytes)
      damaged(fmt::format("a refcount table of {} clusters", clusters));
    check_place("refcount table", header_.refcount_table_offset, 1);
    header_.snapshots = field<std::uint32_t>(kHeaderSnapshots);
  }

  void check_place(std::string_view what, std::uint64_t offset, std::uint64_t bytes) const {
    const bool inside = offset <= file_size_ && bytes <= file_size_ - offset;
    if (offset == 0 || header_.geometry.inside(offset) != 0 || !inside)
      damaged(fmt::format("its {} is said to be at {:#x}", what, offset));
  }

  void parse_backing() {
    const auto offset = field<std::uint64_t>(kHeaderBackingOffset);
    const auto length = field<std::uint32_t>(kHeaderBackingSize);
    if (offset == 0 || length == 0) return;
    if (length > kMostBackingName || offset > bytes_.size() || length > bytes_.size() - offset)
      damaged("the backing file's name is outside of it");
    const auto text = [](std::span<const std::byte> bytes) {
      return std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    };
    header_.backing_file = text(bytes_.subspan(offset, length));
    header_.backing_format = text(extension(kExtensionBackingFormat));
    if (header_.backing_file.find('\0') != std::string::npos)
      damaged("the backing file's name has a zero in it");
  }

  std::span<const std::byte> bytes_;
  const std::uint64_t file_size_;
  const std::string_view name_;
  const std::string_view path_;
  std::size_t length_ = 0;
  Header header_;
};

}  // namespace

Header parse_header(std::span<const std::byte> bytes, std::uint64_t file_size,
                    std::string_view name, std::string_view path) {
  return Parser(bytes, file_size, name, path).parse();
}

Header read_header(int fd, std::uint64_t file_size, std::string_view name, std::string_view path) {
  // All of the smallest clusters' largest headers; what is there less reads as zeroes.
  std::vector<std::byte> bytes(
      std::min<std::uint64_t>(file_size, std::uint64_t{1} << kLargestClusterBits));
  read_bytes(fd, 0, bytes, name);
  return parse_header(bytes, file_size, name, path);
}

}  // namespace minivmm::qcow2
