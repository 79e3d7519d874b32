// Any file may be named as one with symbols: an ELF file, a System.map, or neither.

#include <cstddef>
#include <cstdint>
#include <span>

#include "debug/symbols.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto symbols = minivmm::debug::Symbols::parse(std::as_bytes(std::span(data, size)));
  (void)symbols.place(0x1000);
  for (const auto& symbol : symbols.all()) {
    (void)symbols.place(symbol.address);
    (void)symbols.address(symbol.name);
  }
  return 0;
}
