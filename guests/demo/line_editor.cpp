#include "demo/line_editor.h"

#include "lib/print.h"
#include "lib/serial_input.h"
#include "lib/text.h"

using guest::print;

namespace {
constexpr char kControlC = 0x03, kBackspace = 0x08, kControlU = 0x15, kEscape = 0x1b,
               kDelete = 0x7f;
}

const char* LineEditor::read_line(const char* prompt) {
  size_ = 0;
  print("{}", prompt);
  while (!take(guest::serial_input_wait(), prompt)) {
  }
  print("\n");
  line_[size_] = 0;
  if (size_ > 0) memcpy(last_, line_, size_ + 1);
  return line_;
}

bool LineEditor::take(char character, const char* prompt) {
  // Terminals end a line with a carriage return, files with a line feed, and some with both.
  const bool second_of_pair = character == '\n' && after_return_;
  after_return_ = character == '\r';
  if (second_of_pair) return false;
  switch (character) {
    case '\r':
    case '\n':
      return true;
    case kBackspace:
    case kDelete:
      erase();
      break;
    case kControlU:
      clear();
      break;
    case kControlC:
      size_ = 0;
      print("^C\n{}", prompt);
      break;
    case kEscape:
      read_escape_sequence();
      break;
    default:
      insert(character);
  }
  return false;
}

void LineEditor::insert(char character) {
  if (character < ' ' || size_ == kSize) return;
  line_[size_++] = character;
  print("{}", character);
}

void LineEditor::erase() {
  if (size_ == 0) return;
  --size_;
  print("\b \b");
}

void LineEditor::clear() {
  while (size_ > 0) erase();
}

void LineEditor::recall() {
  clear();
  for (const char* next = last_; *next != 0; ++next) insert(*next);
}

void LineEditor::read_escape_sequence() {
  // ECMA-48, 5.4: CSI, parameters, and a final byte from '@' on.
  if (guest::serial_input_wait() != '[') return;
  char final = 0;
  do {
    final = guest::serial_input_wait();
  } while (final < '@');
  if (final == 'A') recall();
}
