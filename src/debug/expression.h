#pragma once
// What users write for values: numbers, registers, symbols, comparison and arithmetic, as in C.

#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace minivmm::debug {

/// The value of a name; nullopt: there is none of that name now.
using NameLookup = std::function<std::optional<std::uint64_t>(std::string_view name)>;

/// A parsed expression over unsigned 64-bit values:
///   || && | ^ & == != < <= > >= << >> + - * / % unary - ~ ! and ( ).
/// Numbers are decimal, 0x hexadecimal or 0b binary; names may contain '.', '_', ':', '$' and '@'.
class Expression {
 public:
  /// Throws BadExpression.
  explicit Expression(std::string_view text);
  Expression(Expression&&) noexcept;
  Expression& operator=(Expression&&) noexcept;
  ~Expression();

  /// Throws BadExpression for an unknown name and a division by zero.
  [[nodiscard]] std::uint64_t evaluate(const NameLookup& names) const;
  [[nodiscard]] const std::string& text() const { return text_; }

  struct Node;

 private:
  std::string text_;
  std::unique_ptr<const Node> root_;
};

/// One line: what was wrong, and where.
class BadExpression : public std::exception {
 public:
  explicit BadExpression(std::string what, std::string unknown_name = {})
      : what_(std::move(what)), unknown_name_(std::move(unknown_name)) {}
  [[nodiscard]] const char* what() const noexcept override { return what_.c_str(); }
  /// Not empty: this name was unknown.
  [[nodiscard]] const std::string& unknown_name() const { return unknown_name_; }

 private:
  std::string what_;
  std::string unknown_name_;
};

}  // namespace minivmm::debug
