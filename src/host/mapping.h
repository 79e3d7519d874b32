#pragma once
// mmap(2) with an owner, and files looked at through one.

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace minivmm {

/// Pages of the address space, unmapped at the end.
class Mapping {
 public:
  Mapping() = default;
  /// Takes ownership of [address, address + size), as mmap gave it.
  Mapping(void* address, std::size_t size) : address_(address), size_(size) {}
  Mapping(Mapping&& other) noexcept
      : address_(std::exchange(other.address_, nullptr)), size_(std::exchange(other.size_, 0)) {}
  Mapping& operator=(Mapping&& other) noexcept;
  ~Mapping();

  [[nodiscard]] std::byte* data() const { return static_cast<std::byte*>(address_); }
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] std::span<std::byte> bytes() const { return {data(), size_}; }

 private:
  void* address_ = nullptr;
  std::size_t size_ = 0;
};

/// A file's bytes, read-only (a kernel, an initrd). Pages come in as they are looked at; a file
/// that somebody shortens meanwhile ends the process (SIGBUS), as with every mapped file.
class FileView {
 public:
  /// what names the file's part in messages: "kernel", "initrd". Throws ConfigError when the file
  /// is missing, unreadable, empty or not a regular file.
  FileView(const std::string& path, std::string_view what);

  [[nodiscard]] std::span<const std::byte> bytes() const { return mapping_.bytes(); }
  /// Gives the pages back to the host's page cache; they come again as they are looked at.
  void release_pages() const;

 private:
  Mapping mapping_;
};

}  // namespace minivmm
