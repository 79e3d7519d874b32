#include "boot/table_loader.h"

#include <cassert>

#include "boot/bytes.h"

namespace minivmm::boot {
namespace {

// Commands of an entry, all numbers little-endian.
constexpr std::uint32_t kAllocate = 1;
constexpr std::uint32_t kAddPointer = 2;
constexpr std::uint32_t kAddChecksum = 3;

constexpr std::size_t kNameField = TableLoader::kMaxName + 1;

void append_name(std::vector<std::byte>& to, std::string_view name) {
  assert(name.size() <= TableLoader::kMaxName);
  append(to, bytes_of(name));
  to.resize(to.size() + kNameField - name.size());
}

void append_u32(std::vector<std::byte>& to, std::size_t value) {
  append_value(to, static_cast<std::uint32_t>(value));
}

}  // namespace

void TableLoader::append_entry(const std::vector<std::byte>& fields) {
  assert(fields.size() <= kEntrySize);
  append(bytes_, fields);
  bytes_.resize(bytes_.size() + kEntrySize - fields.size());
}

void TableLoader::allocate(std::string_view file, std::uint32_t alignment, Zone zone) {
  std::vector<std::byte> fields;
  append_u32(fields, kAllocate);
  append_name(fields, file);
  append_u32(fields, alignment);
  append_value(fields, zone);
  append_entry(fields);
}

void TableLoader::add_pointer(std::string_view file, std::size_t offset, std::size_t size,
                              std::string_view target) {
  std::vector<std::byte> fields;
  append_u32(fields, kAddPointer);
  append_name(fields, file);
  append_name(fields, target);
  append_u32(fields, offset);
  append_value(fields, static_cast<std::uint8_t>(size));
  append_entry(fields);
}

void TableLoader::add_checksum(std::string_view file, std::size_t offset, std::size_t start,
                               std::size_t length) {
  std::vector<std::byte> fields;
  append_u32(fields, kAddChecksum);
  append_name(fields, file);
  append_u32(fields, offset);
  append_u32(fields, start);
  append_u32(fields, length);
  append_entry(fields);
}

}  // namespace minivmm::boot
