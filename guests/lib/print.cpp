#include "lib/print.h"

#include "lib/serial.h"
#include "lib/text.h"

namespace guest {
namespace {

/// Collects output, so that the serial line is polled once a burst and not once a character.
class Output {
 public:
  Output() = default;
  ~Output() { serial_write(buffer_, used_); }
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;

  /// A new line begins at the left, which a terminal in raw mode must be told.
  void put(char character) {
    if (character == '\n') put_byte('\r');
    put_byte(character);
  }
  void put(const char* text, std::size_t size) {
    for (std::size_t i = 0; i < size; ++i) put(text[i]);
  }
  void fill(char character, std::size_t count) {
    while (count-- > 0) put(character);
  }

 private:
  void put_byte(char byte) {
    if (used_ == sizeof(buffer_)) {
      serial_write(buffer_, used_);
      used_ = 0;
    }
    buffer_[used_++] = byte;
  }

  std::size_t used_ = 0;
  char buffer_[128];
};

struct Style {
  std::size_t width = 0;
  char fill = ' ';
  bool pad_right = false;
  unsigned base = 10;
};

/// What stands between '{' and '}'; leaves `format` behind the brace.
Style parse_style(const char*& format) {
  Style style;
  for (; *format != 0 && *format != '}'; ++format) {
    if (*format == '-') {
      style.pad_right = true;
    } else if (*format == '0' && style.width == 0) {
      style.fill = '0';
    } else if (*format >= '0' && *format <= '9') {
      style.width = style.width * 10 + static_cast<std::size_t>(*format - '0');
    } else if (*format == 'x') {
      style.base = 16;
    }
  }
  if (*format == '}') ++format;
  return style;
}

void put_padded(Output& output, const Style& style, const char* text, std::size_t size) {
  const std::size_t padding = style.width > size ? style.width - size : 0;
  if (!style.pad_right) output.fill(style.fill, padding);
  output.put(text, size);
  if (style.pad_right) output.fill(' ', padding);
}

void put_number(Output& output, const Style& style, std::uint64_t number) {
  char digits[20];
  std::size_t start = sizeof(digits);
  do {
    digits[--start] = "0123456789abcdef"[number % style.base];
    number /= style.base;
  } while (number != 0);
  put_padded(output, style, digits + start, sizeof(digits) - start);
}

void put_argument(Output& output, const Style& style, const Argument& argument) {
  switch (argument.kind()) {
    case Argument::Kind::kText:
      put_padded(output, style, argument.text(), length(argument.text()));
      break;
    case Argument::Kind::kCharacter: {
      const char character = static_cast<char>(argument.number());
      put_padded(output, style, &character, 1);
      break;
    }
    case Argument::Kind::kNumber:
      put_number(output, style, argument.number());
      break;
  }
}

}  // namespace

void print_arguments(const char* format, const Argument* arguments, std::size_t count) {
  Output output;
  while (*format != 0) {
    if (*format == '{') {
      ++format;
      const Style style = parse_style(format);
      if (count > 0) {
        put_argument(output, style, *arguments++);
        --count;
      }
    } else {
      output.put(*format++);
    }
  }
}

}  // namespace guest
