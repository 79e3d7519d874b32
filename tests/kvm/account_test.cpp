#include "kvm/account.h"

#include <catch2/catch.hpp>

namespace minivmm::kvm {
namespace {

using Catch::Contains;

TEST_CASE("A triple fault is told in a sentence") {
  CHECK_THAT(headline(Shutdown{}), Catch::StartsWith("triple fault: "));
}

TEST_CASE("A refused entry tells the hardware's reason") {
  CHECK_THAT(headline(FailEntry{.hardware_reason = 0x8000'0021, .cpu = 3}),
             Contains("hardware reason 0x80000021") && Contains("CPU 3"));
  CHECK_THAT(headline(FailEntry{.hardware_reason = 1, .cpu = ~0u}), !Contains("CPU 4"));
}

TEST_CASE("KVM's internal errors are told by name, with KVM's data") {
  InternalError error;
  error.suberror = 3;
  error.data_words[0] = 0x8000'0b0e;
  error.data_count = 1;

  const std::string account = headline(error);

  CHECK_THAT(account, Contains("internal error 3") && Contains("in the middle of delivering"));
  CHECK_THAT(account, Contains("0x80000b0e"));
}

TEST_CASE("An emulation failure shows the instruction that KVM had fetched") {
  InternalError error;
  error.suberror = 1;
  error.instruction_bytes = {std::byte{0xc5}, std::byte{0xf8}};
  error.instruction_size = 2;

  CHECK_THAT(headline(error), Contains("instruction  c5 f8"));
}

TEST_CASE("An exit that nobody asked for is told by its number") {
  CHECK_THAT(headline(Unknown{.reason = 38}), Contains("exit 38"));
  CHECK_THAT(headline(Unknown{.reason = 0, .hardware_reason = 0x77}),
             Contains("hardware reason 0x77"));
}

}  // namespace
}  // namespace minivmm::kvm
