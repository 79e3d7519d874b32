#include "debug/expression.h"

#include <fmt/format.h>

#include <array>
#include <cctype>
#include <charconv>
#include <utility>

namespace minivmm::debug {

struct Expression::Node {
  std::string operation{};  // Empty: a number or a name; "u-", "~", "!": of left alone.
  std::uint64_t number = 0;
  std::string name{};
  std::unique_ptr<const Node> left{};
  std::unique_ptr<const Node> right{};
};

namespace {

using Node = Expression::Node;
using NodePtr = std::unique_ptr<const Node>;

// Binary operators, loosest first; within a level the longer ones first.
constexpr std::array<std::array<std::string_view, 4>, 10> kLevels{{{"||"},
                                                                   {"&&"},
                                                                   {"|"},
                                                                   {"^"},
                                                                   {"&"},
                                                                   {"==", "!="},
                                                                   {"<=", ">=", "<", ">"},
                                                                   {"<<", ">>"},
                                                                   {"+", "-"},
                                                                   {"*", "/", "%"}}};
constexpr unsigned kDeepest = 64;  // Nobody nests deeper; recursion must end.

bool starts_name(char c) {
  return std::isalpha(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '$' || c == '@';
}
bool continues_name(char c) {
  return starts_name(c) || std::isdigit(static_cast<unsigned char>(c)) != 0 || c == '.' || c == ':';
}

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  NodePtr parse() {
    NodePtr root = binary(0);
    skip_blanks();
    if (at_ != text_.size()) fail(fmt::format("'{}' is unexpected", text_.substr(at_)));
    return root;
  }

 private:
  [[noreturn]] void fail(const std::string& what) const {
    throw BadExpression(fmt::format("'{}' is no expression: {}", text_, what));
  }
  void skip_blanks() {
    while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_])) != 0) ++at_;
  }
  // "<" isn't the beginning of "<<", nor "|" of "||".
  bool take(std::string_view operation) {
    skip_blanks();
    if (!text_.substr(at_).starts_with(operation)) return false;
    const char next = at_ + 1 < text_.size() ? text_[at_ + 1] : '\0';
    const char first = operation.front();
    const bool doubles = first == '<' || first == '>' || first == '|' || first == '&';
    if (operation.size() == 1 && doubles && next == first) return false;
    at_ += operation.size();
    return true;
  }

  NodePtr binary(std::size_t level) {
    if (level == kLevels.size()) return unary();
    NodePtr left = binary(level + 1);
    for (bool found = true; found;) {
      found = false;
      for (const std::string_view operation : kLevels[level]) {
        if (operation.empty() || !take(operation)) continue;
        NodePtr right = binary(level + 1);
        left = std::make_unique<const Node>(Node{.operation = std::string(operation),
                                                 .left = std::move(left),
                                                 .right = std::move(right)});
        found = true;
        break;
      }
    }
    return left;
  }

  NodePtr unary() {
    if (++depth_ > kDeepest) fail("it is nested too deeply");
    NodePtr result;
    if (take("-"))
      result = std::make_unique<const Node>(Node{.operation = "u-", .left = unary()});
    else if (take("~"))
      result = std::make_unique<const Node>(Node{.operation = "~", .left = unary()});
    else if (take("!"))
      result = std::make_unique<const Node>(Node{.operation = "!", .left = unary()});
    else
      result = primary();
    --depth_;
    return result;
  }

  NodePtr primary() {
    if (take("(")) {
      NodePtr inside = binary(0);
      if (!take(")")) fail("a ')' is missing");
      return inside;
    }
    skip_blanks();
    if (at_ == text_.size()) fail("a value is missing at its end");
    const char first = text_[at_];
    if (std::isdigit(static_cast<unsigned char>(first)) != 0) return number();
    if (!starts_name(first)) fail(fmt::format("'{}' is unexpected", text_.substr(at_)));
    const std::size_t start = at_;
    while (at_ < text_.size() && continues_name(text_[at_])) ++at_;
    return std::make_unique<const Node>(
        Node{.name = std::string(text_.substr(start, at_ - start))});
  }

  NodePtr number() {
    int base = 10;
    const std::size_t start = at_;
    const std::string_view rest = text_.substr(at_);
    if (rest.starts_with("0x") || rest.starts_with("0X")) base = 16;
    if (rest.starts_with("0b") || rest.starts_with("0B")) base = 2;
    if (base != 10) at_ += 2;
    std::uint64_t value = 0;
    const char* end_of_text = text_.data() + text_.size();
    const auto [end, error] = std::from_chars(text_.data() + at_, end_of_text, value, base);
    at_ = static_cast<std::size_t>(end - text_.data());
    const bool runs_on = at_ < text_.size() && std::isalnum(static_cast<unsigned char>(text_[at_]));
    if (error != std::errc() || runs_on)
      fail(fmt::format("'{}' is no number of 64 bits", text_.substr(start)));
    return std::make_unique<const Node>(Node{.number = value});
  }

  std::string_view text_;
  std::size_t at_ = 0;
  unsigned depth_ = 0;
};

std::uint64_t shifted(std::uint64_t value, std::uint64_t by, bool left) {
  if (by > 63) return 0;
  return left ? value << by : value >> by;
}

std::uint64_t divided(std::uint64_t a, std::uint64_t b, bool remainder) {
  if (b == 0) throw BadExpression("that divides by 0");
  return remainder ? a % b : a / b;
}

std::uint64_t combine(std::string_view operation, std::uint64_t a, std::uint64_t b) {
  if (operation == "|") return a | b;
  if (operation == "^") return a ^ b;
  if (operation == "&") return a & b;
  if (operation == "==") return a == b ? 1 : 0;
  if (operation == "!=") return a != b ? 1 : 0;
  if (operation == "<") return a < b ? 1 : 0;
  if (operation == "<=") return a <= b ? 1 : 0;
  if (operation == ">") return a > b ? 1 : 0;
  if (operation == ">=") return a >= b ? 1 : 0;
  if (operation == "<<" || operation == ">>") return shifted(a, b, operation == "<<");
  if (operation == "+") return a + b;
  if (operation == "-") return a - b;
  if (operation == "*") return a * b;
  return divided(a, b, operation == "%");
}

std::uint64_t value_of(const Node& node, const NameLookup& names) {
  if (!node.name.empty()) {
    if (const auto value = names(node.name)) return *value;
    throw BadExpression(fmt::format("'{}' is neither a register nor a symbol", node.name),
                        node.name);
  }
  if (node.operation.empty()) return node.number;
  const std::uint64_t left = value_of(*node.left, names);
  if (node.operation == "u-") return 0 - left;
  if (node.operation == "~") return ~left;
  if (node.operation == "!") return left == 0 ? 1 : 0;
  if (node.operation == "&&") return left != 0 && value_of(*node.right, names) != 0 ? 1 : 0;
  if (node.operation == "||") return left != 0 || value_of(*node.right, names) != 0 ? 1 : 0;
  return combine(node.operation, left, value_of(*node.right, names));
}

}  // namespace

Expression::Expression(std::string_view text) : text_(text) {
  constexpr std::size_t kLongest = 4096;  // A chain of operators is as deep as it is long.
  if (text.size() > kLongest) throw BadExpression("the expression is too long");
  root_ = Parser(text_).parse();
}
Expression::Expression(Expression&&) noexcept = default;
Expression& Expression::operator=(Expression&&) noexcept = default;
Expression::~Expression() = default;

std::uint64_t Expression::evaluate(const NameLookup& names) const {
  return value_of(*root_, names);
}

}  // namespace minivmm::debug
