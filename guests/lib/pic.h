#pragma once
// The two 8259A interrupt controllers of a PC.

#include <cstdint>

namespace guest {

/// Vectors `base` to `base` + 15, everything masked.
void pic_init(std::uint8_t base);
void pic_unmask(std::uint8_t irq);
void pic_mask_all();
/// End of interrupt, non-specific.
void pic_end(std::uint8_t irq);

}  // namespace guest
