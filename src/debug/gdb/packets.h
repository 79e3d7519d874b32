#pragma once
// The framing of gdb's remote serial protocol (Debugging with GDB, appendix E.1).

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace minivmm::debug::gdb {

/// "$data#checksum".
[[nodiscard]] std::string frame(std::string_view data);

[[nodiscard]] std::string to_hex(std::span<const std::byte> bytes);
/// nullopt: an odd number of digits, or others.
[[nodiscard]] std::optional<std::vector<std::byte>> from_hex(std::string_view text);
/// The whole of text as a hexadecimal number; nullopt: it is none, or too large.
[[nodiscard]] std::optional<std::uint64_t> parse_number(std::string_view text);

/// Takes a client's bytes apart. Whoever sends what is no packet is told to go: there is no way to
/// know what it wanted.
class PacketReader {
 public:
  static constexpr std::size_t kLongest = 1u << 16;

  struct Event {
    enum class Kind : std::uint8_t {
      kPacket,
      kInterrupt,  ///< Ctrl-C.
      kResend,     ///< The client didn't understand.
      kDamaged,    ///< A wrong checksum: ask again.
      kGarbage,    ///< No packet at all, or one without end.
    };
    Kind kind = Kind::kPacket;
    std::string data{};  ///< kPacket, escapes undone.
  };

  void feed(std::string_view bytes) { pending_ += bytes; }
  /// nullopt: more bytes are needed.
  [[nodiscard]] std::optional<Event> next();

 private:
  std::string pending_;
};

/// "a,b" as two numbers.
[[nodiscard]] std::optional<std::pair<std::uint64_t, std::uint64_t>> parse_pair(
    std::string_view text);

// Answers (appendix E.2): done; and errors by their numbers.
constexpr const char* kOk = "OK";
constexpr const char* kInvalid = "E16";  // EINVAL.
constexpr const char* kFault = "E0e";    // EFAULT.

}  // namespace minivmm::debug::gdb
