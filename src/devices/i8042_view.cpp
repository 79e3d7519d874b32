// The keyboard controller's registers in words.

#include "devices/i8042.h"

namespace minivmm {

std::string I8042::register_at(std::uint64_t offset, Access access) const {
  const bool read = access == Access::kRead;
  if (offset == kDataPort) return read ? "output buffer" : "input buffer";
  if (offset == kCommandPort) return read ? "status" : "command";
  return {};
}

std::vector<RegisterValue> I8042::registers() const {
  return {{.name = "status", .value = status()},
          {.name = "command byte", .value = state_.ram[0]},
          {.name = "output buffer",
           .value = state_.output,
           .meaning = !state_.output_full        ? "empty"
                      : state_.output_from_mouse ? "full, from the mouse"
                                                 : "full"},
          {.name = "output port", .value = output_port()},
          {.name = "waiting command",
           .value = state_.waiting.value_or(0),
           .meaning = state_.waiting ? "its data byte comes next" : "none"}};
}

}  // namespace minivmm
