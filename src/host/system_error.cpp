#include "host/system_error.h"

#include <system_error>

namespace minivmm {

std::string errno_text(int error) {
  return std::generic_category().message(error);
}

HostError system_error(std::string_view what, std::string_view remedy, int error) {
  std::string line(what);
  line += ": " + errno_text(error);
  if (!remedy.empty()) {
    line += " (";
    line += remedy;
    line += ')';
  }
  return HostError(line);
}

}  // namespace minivmm
