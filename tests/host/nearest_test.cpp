#include "host/nearest.h"

#include <catch2/catch.hpp>
#include <vector>

namespace minivmm {

TEST_CASE("A mistyped option is recognised") {
  const std::vector<std::string> known{"--mem", "--cpus", "--kernel", "--initrd", "--disk"};
  CHECK(nearest("--kernal", known) == "--kernel");
  CHECK(nearest("--cpu", known) == "--cpus");
  CHECK(nearest("--dsik", known) == "--disk");
}

TEST_CASE("A word that resembles nothing gets no suggestion") {
  const std::vector<std::string> known{"--mem", "--cpus"};
  CHECK(nearest("--frobnicate", known).empty());
  CHECK(nearest(std::string(1000, 'x'), known).empty());
}

}  // namespace minivmm
