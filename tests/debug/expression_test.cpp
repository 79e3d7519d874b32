#include "debug/expression.h"

#include <catch2/catch.hpp>

using namespace minivmm::debug;

namespace {

std::uint64_t value_of(const char* text) {
  return Expression(text).evaluate([](std::string_view name) -> std::optional<std::uint64_t> {
    if (name == "value") return 0x80;
    if (name == "rsp") return 0x7000;
    return std::nullopt;
  });
}

}  // namespace

TEST_CASE("numbers, registers and operators have the values that C gives them") {
  CHECK(value_of("0x10 + 2 * 3") == 22);
  CHECK(value_of("(0x10 + 2) * 3") == 54);
  CHECK(value_of("value == 0x80 && rsp > 0x6fff") == 1);
  CHECK(value_of("value & 0xf || 1 << 3 == 8") == 1);
  CHECK(value_of("rsp-8") == 0x6ff8);
  CHECK(value_of("~0 >> 63") == 1);
  CHECK(value_of("0b101 | 2") == 7);
  CHECK(value_of("1 << 64") == 0);
}

TEST_CASE("what is no expression is refused with the reason") {
  CHECK_THROWS_WITH(Expression("1 +"), "'1 +' is no expression: a value is missing at its end");
  CHECK_THROWS_WITH(Expression("(1"), "'(1' is no expression: a ')' is missing");
  CHECK_THROWS_WITH(Expression("1 2"), "'1 2' is no expression: '2' is unexpected");
  CHECK_THROWS_AS(Expression("0x12345678123456781"), BadExpression);
  CHECK_THROWS_AS(Expression(std::string(1000, '(')), BadExpression);
}

TEST_CASE("an unknown name and a division by zero are told, not computed") {
  CHECK_THROWS_WITH(value_of("rxx"), "'rxx' is neither a register nor a symbol");
  CHECK_THROWS_WITH(value_of("1 / (value - 128)"), "that divides by 0");
}
