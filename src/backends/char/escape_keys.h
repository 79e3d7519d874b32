#pragma once
// The keys with which a user at a terminal speaks to the machine instead of the guest.

#include <cstddef>
#include <optional>

namespace minivmm {

/// Ctrl-A and one more key. Ctrl-A twice, or Ctrl-A a, is a Ctrl-A for the guest; a key without a
/// meaning is dropped together with its Ctrl-A.
class EscapeKeys {
 public:
  enum class Command { kNone, kQuit, kHelp, kDebug };
  struct Result {
    std::optional<std::byte> for_guest;
    Command command = Command::kNone;
  };
  [[nodiscard]] Result take(std::byte key);

  /// Lines for people, ended by CR LF as a raw terminal needs.
  static const char* help();

 private:
  bool escaped_ = false;
};

}  // namespace minivmm
