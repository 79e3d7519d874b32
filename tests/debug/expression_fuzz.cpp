// Whatever is typed as an expression has a value or a message.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "debug/expression.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    const minivmm::debug::Expression expression({reinterpret_cast<const char*>(data), size});
    (void)expression.evaluate(
        [](std::string_view name) -> std::optional<std::uint64_t> { return name.size(); });
  } catch (const minivmm::debug::BadExpression&) {
  }
  return 0;
}
