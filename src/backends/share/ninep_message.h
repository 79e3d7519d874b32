#pragma once
// The messages of 9P2000.L: numbers are little-endian, a string is le16 length and its bytes.
// Sources: intro(5) of Plan 9's manual for the 9P2000 part; the ".L" part is Linux's
// (include/net/9p/9p.h, and the protocol's description by its authors in diod's protocol.md).

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

namespace minivmm::share {

/// size[4] type[1] tag[2], before every message's own fields.
inline constexpr std::size_t kHeaderSize = 7;
/// Of an Rlerror: the header and ecode[4].
inline constexpr std::size_t kErrorSize = 11;
/// Of an Rread or Rreaddir around its data: the header and count[4].
inline constexpr std::size_t kReadOverhead = 11;

inline constexpr std::uint16_t kNoTag = 0xffff;
inline constexpr std::uint32_t kNoFid = 0xffff'ffff;

/// A request's type; its answer's is one more.
enum class Request : std::uint8_t {
  kLerror = 6,
  kStatfs = 8,
  kLopen = 12,
  kLcreate = 14,
  kSymlink = 16,
  kMknod = 18,
  kRename = 20,
  kReadlink = 22,
  kGetattr = 24,
  kSetattr = 26,
  kXattrwalk = 30,
  kXattrcreate = 32,
  kReaddir = 40,
  kFsync = 50,
  kLock = 52,
  kGetlock = 54,
  kLink = 70,
  kMkdir = 72,
  kRenameat = 74,
  kUnlinkat = 76,
  kVersion = 100,
  kAuth = 102,
  kAttach = 104,
  kFlush = 108,
  kWalk = 110,
  kRead = 116,
  kWrite = 118,
  kClunk = 120,
  kRemove = 122,
};

/// What a server says a file is: qid[13].
struct Qid {
  std::uint8_t type = 0;
  std::uint32_t version = 0;
  std::uint64_t path = 0;
};
inline constexpr std::size_t kQidSize = 13;
inline constexpr std::uint8_t kQidDirectory = 0x80;
inline constexpr std::uint8_t kQidSymlink = 0x02;

/// Takes a request's fields one after the other; past its end, zeros.
class Reader {
 public:
  explicit Reader(std::span<const std::byte> bytes) : rest_(bytes) {}

  std::uint8_t u8() { return number<std::uint8_t>(); }
  std::uint16_t u16() { return number<std::uint16_t>(); }
  std::uint32_t u32() { return number<std::uint32_t>(); }
  std::uint64_t u64() { return number<std::uint64_t>(); }
  std::string_view text() {
    const auto bytes = data(u16());
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }
  std::span<const std::byte> data(std::size_t size) {
    if (size > rest_.size()) {
      overrun_ = true;
      return {};
    }
    const auto bytes = rest_.first(size);
    rest_ = rest_.subspan(size);
    return bytes;
  }
  [[nodiscard]] bool at_end() const { return rest_.empty(); }
  /// Whether all fields were there and nothing but them.
  [[nodiscard]] bool complete() const { return !overrun_ && rest_.empty(); }

 private:
  template <typename T>
  T number() {
    T value{};
    const auto bytes = data(sizeof(T));
    if (!bytes.empty()) std::memcpy(&value, bytes.data(), sizeof(T));
    return value;
  }

  std::span<const std::byte> rest_;
  bool overrun_ = false;
};

/// Puts an answer's fields one after the other; what has no room is left out, and remembered.
class Writer {
 public:
  explicit Writer(std::span<std::byte> room) : room_(room) {}

  void u8(std::uint8_t value) { number(value); }
  void u16(std::uint16_t value) { number(value); }
  void u32(std::uint32_t value) { number(value); }
  void u64(std::uint64_t value) { number(value); }
  void qid(const Qid& qid) {
    u8(qid.type);
    u32(qid.version);
    u64(qid.path);
  }
  void text(std::string_view text) {
    u16(static_cast<std::uint16_t>(text.size()));
    bytes(std::as_bytes(std::span(text)));
  }
  void bytes(std::span<const std::byte> bytes) {
    if (bytes.size() > room_.size() - used_) {
      overrun_ = true;
      return;
    }
    if (!bytes.empty()) std::memcpy(room_.data() + used_, bytes.data(), bytes.size());
    used_ += bytes.size();
  }
  /// What is left, to be filled in place, and then skip()ped.
  [[nodiscard]] std::span<std::byte> rest() const { return room_.subspan(used_); }
  void skip(std::size_t bytes) { used_ += bytes; }
  /// Replaces a number that was written at offset before.
  void put_u32(std::size_t offset, std::uint32_t value) {
    std::memcpy(room_.data() + offset, &value, sizeof(value));
  }
  [[nodiscard]] std::size_t used() const { return used_; }
  [[nodiscard]] bool overrun() const { return overrun_; }

 private:
  template <typename T>
  void number(T value) {
    bytes(std::as_bytes(std::span<const T, 1>(&value, 1)));
  }

  std::span<std::byte> room_;
  std::size_t used_ = 0;
  bool overrun_ = false;
};

}  // namespace minivmm::share
