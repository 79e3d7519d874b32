#pragma once
// The few string functions that guests need; and the four that a compiler calls on its own.

#include <cstddef>
#include <cstdint>

extern "C" {
void* memcpy(void* to, const void* from, std::size_t size);
void* memmove(void* to, const void* from, std::size_t size);
void* memset(void* to, int value, std::size_t size);
int memcmp(const void* a, const void* b, std::size_t size);
}

namespace guest {

std::size_t length(const char* text);
bool equal(const char* a, const char* b);
/// Where `text` goes on after `prefix`; null if it doesn't start with it.
const char* after_prefix(const char* text, const char* prefix);
/// The number that `text` starts with: decimal, or hexadecimal after 0x. 0 if there is none.
std::uint64_t to_number(const char* text);

}  // namespace guest
