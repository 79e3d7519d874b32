#pragma once
// A line of input on a terminal: backspace, Ctrl-U (clear), Ctrl-C (give up), cursor up (the line
// before).

#include <cstddef>

class LineEditor {
 public:
  /// Prints the prompt; returns when the line is ended, without its end. Valid until the next call.
  const char* read_line(const char* prompt);

 private:
  static constexpr std::size_t kSize = 64;

  void insert(char character);
  void erase();
  void clear();
  void recall();
  /// Behind ESC: a terminal's key. All but cursor up are swallowed.
  void read_escape_sequence();
  /// True if the character ends the line.
  bool take(char character, const char* prompt);

  char line_[kSize + 1] = {};
  char last_[kSize + 1] = {};
  std::size_t size_ = 0;
  bool after_return_ = false;
};
