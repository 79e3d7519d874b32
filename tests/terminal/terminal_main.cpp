// Runs the terminal's tests; where there is no usable /dev/kvm, says so and is skipped.

#define CATCH_CONFIG_RUNNER
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cerrno>
#include <cstring>
#include <iostream>

int main(int argc, char** argv) {
  constexpr int kSkipped = 77;  // ctest's SKIP_RETURN_CODE.
  Catch::Session session;
  if (const int wrong = session.applyCommandLine(argc, argv); wrong != 0) return wrong;
  const auto& config = session.configData();
  if (config.listTests || config.listTags || config.listTestNamesOnly) return session.run();
  if (::access("/dev/kvm", R_OK | W_OK) != 0) {
    std::cout << "SKIPPED: no guest can run here: /dev/kvm: " << std::strerror(errno) << '\n';
    return kSkipped;
  }
  return session.run();
}
