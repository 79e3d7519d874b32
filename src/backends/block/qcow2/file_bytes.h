#pragma once
// Metadata of an image by plain system calls, where nothing else is going on: when it is opened or
// made.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace minivmm::qcow2 {

// what starts the message of the HostError that all of them throw where the host refuses.

/// What lies behind the file's end reads as zeroes.
void read_bytes(int fd, std::uint64_t offset, std::span<std::byte> bytes, std::string_view what);
void write_bytes(int fd, std::uint64_t offset, std::span<const std::byte> bytes,
                 std::string_view what);
/// fdatasync(2).
void make_stable(int fd, std::string_view what);

}  // namespace minivmm::qcow2
