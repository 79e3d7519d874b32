#include "lib/text.h"

extern "C" {

void* memcpy(void* to, const void* from, std::size_t size) {
  void* result = to;
  asm volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(size) : : "memory");
  return result;
}

void* memmove(void* to, const void* from, std::size_t size) {
  auto* target = static_cast<char*>(to);
  const auto* source = static_cast<const char*>(from);
  if (target <= source) return memcpy(to, from, size);
  while (size-- > 0) {
    target[size] = source[size];
    asm volatile("" : : : "memory");  // Or the compiler makes this loop a call of memmove().
  }
  return to;
}

void* memset(void* to, int value, std::size_t size) {
  void* result = to;
  asm volatile("rep stosb" : "+D"(to), "+c"(size) : "a"(value) : "memory");
  return result;
}

int memcmp(const void* a, const void* b, std::size_t size) {
  const auto* left = static_cast<const unsigned char*>(a);
  const auto* right = static_cast<const unsigned char*>(b);
  for (std::size_t i = 0; i < size; ++i) {
    if (left[i] != right[i]) return left[i] < right[i] ? -1 : 1;
  }
  return 0;
}
}

namespace guest {

std::size_t length(const char* text) {
  std::size_t size = 0;
  while (text[size] != 0) ++size;
  return size;
}

bool equal(const char* a, const char* b) {
  while (*a != 0 && *a == *b) ++a, ++b;
  return *a == *b;
}

const char* after_prefix(const char* text, const char* prefix) {
  while (*prefix != 0) {
    if (*text++ != *prefix++) return nullptr;
  }
  return text;
}

std::uint64_t to_number(const char* text) {
  const char* hexadecimal = after_prefix(text, "0x");
  const unsigned base = hexadecimal != nullptr ? 16 : 10;
  if (hexadecimal != nullptr) text = hexadecimal;
  std::uint64_t value = 0;
  for (;; ++text) {
    unsigned digit = 0;
    if (*text >= '0' && *text <= '9') {
      digit = static_cast<unsigned>(*text - '0');
    } else if (base == 16 && (*text | 0x20) >= 'a' && (*text | 0x20) <= 'f') {
      digit = static_cast<unsigned>((*text | 0x20) - 'a' + 10);
    } else {
      return value;
    }
    value = value * base + digit;
  }
}

}  // namespace guest
