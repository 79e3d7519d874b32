#pragma once
// Collects the bytes that one thread receives, for another one to wait for.

#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <span>
#include <string>
#include <string_view>

namespace minivmm::test {

class ByteLog {
 public:
  /// Takes all bytes; answers how many, as CharBackend's receiver does.
  std::size_t take(std::span<const std::byte> bytes) {
    const std::lock_guard lock(mutex_);
    for (const std::byte byte : bytes) text_.push_back(static_cast<char>(byte));
    changed_.notify_all();
    return bytes.size();
  }
  /// Waits, for as long as it takes, until that many bytes have come; answers all of them.
  std::string wait_for(std::size_t size) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return text_.size() >= size; });
    return text_;
  }
  [[nodiscard]] std::string text() {
    const std::lock_guard lock(mutex_);
    return text_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::string text_;
};

[[nodiscard]] inline std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text));
}

}  // namespace minivmm::test
