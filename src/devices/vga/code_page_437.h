#pragma once
// The characters of a PC's text modes.

#include <cstdint>
#include <string_view>

namespace minivmm::vga {

/// The character in UTF-8, as IBM's code page 437 shows it: 0x01 to 0x1f and 0x7f are pictures, and
/// 0x00, 0x20 and 0xff all look like a space and are one here. A guest that loads a font with other
/// characters in it is not understood.
[[nodiscard]] std::string_view utf8_of_437(std::uint8_t character);

}  // namespace minivmm::vga
