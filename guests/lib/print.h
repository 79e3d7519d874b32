#pragma once
// Formatted text on the serial line.
//
//   print("{} disks, first at {:08x}: {:-12}|\n", count, address, name);
//
// {} takes a number, a character or a text; {:12} pads it to 12 columns on the left, {:-12} on the
// right, {:08} with zeros; an x before the brace's end makes it hexadecimal.

#include <cstddef>
#include <cstdint>

namespace guest {

class Argument {
 public:
  Argument(const char* text) : kind_(Kind::kText), text_(text) {}
  Argument(char character)
      : kind_(Kind::kCharacter), number_(static_cast<unsigned char>(character)) {}
  Argument(bool) = delete;
  Argument(unsigned long number) : kind_(Kind::kNumber), number_(number) {}
  Argument(unsigned long long number) : kind_(Kind::kNumber), number_(number) {}
  Argument(unsigned number) : kind_(Kind::kNumber), number_(number) {}
  Argument(std::uint16_t number) : kind_(Kind::kNumber), number_(number) {}
  Argument(std::uint8_t number) : kind_(Kind::kNumber), number_(number) {}
  Argument(int number) : kind_(Kind::kNumber), number_(static_cast<std::uint64_t>(number)) {}

  enum class Kind : std::uint8_t { kText, kCharacter, kNumber };
  [[nodiscard]] Kind kind() const { return kind_; }
  [[nodiscard]] const char* text() const { return text_; }
  [[nodiscard]] std::uint64_t number() const { return number_; }

 private:
  Kind kind_;
  union {
    const char* text_;
    std::uint64_t number_;
  };
};

void print_arguments(const char* format, const Argument* arguments, std::size_t count);

inline void print(const char* format) {
  print_arguments(format, nullptr, 0);
}

template <typename... Arguments>
void print(const char* format, Arguments... arguments) {
  const Argument list[] = {Argument(arguments)...};
  print_arguments(format, list, sizeof...(arguments));
}

}  // namespace guest
