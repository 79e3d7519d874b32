#include <atomic>
#include <catch2/catch.hpp>
#include <thread>

#include "kvm/tiny_guest.h"

namespace minivmm::kvm::test {
namespace {

TEST_CASE("A kick gets a halted vCPU out of the kernel") {
  TinyGuest guest;
  guest.start_real(halt_for_ever());
  RunningCpu running(guest.cpu());
  running.wait_until_asleep();

  guest.cpu().kick();

  CHECK(name(running.exit()) == "interrupted");
}

TEST_CASE("A kick stops a vCPU that never exits by itself") {
  TinyGuest guest;
  guest.start_real(count_for_ever());
  std::byte& counter = guest.memory().at({0x3000}, 1)->front();
  RunningCpu running(guest.cpu());
  while (std::atomic_ref(counter).load() == std::byte{0}) std::this_thread::yield();

  guest.cpu().kick();

  CHECK(name(running.exit()) == "interrupted");
}

TEST_CASE("A kick gets a vCPU out that waits for INIT and SIPI") {
  TinyGuest guest(2);
  RunningCpu running(guest.cpu(1));
  running.wait_until_asleep();

  guest.cpu(1).kick();

  CHECK(name(running.exit()) == "interrupted");
}

TEST_CASE("A kick before run is not lost, and lasts until it is cleared") {
  TinyGuest guest;
  guest.start_real(write_byte());

  guest.cpu().kick();

  CHECK(name(guest.cpu().run()) == "interrupted");
  CHECK(name(guest.cpu().run()) == "interrupted");
  guest.cpu().clear_kick();
  CHECK(name(guest.cpu().run()) == "pio-out");
}

TEST_CASE("A kick is not lost while I/O is completed") {
  TinyGuest guest;
  guest.start_real(read_ports());
  (void)guest.cpu().run();
  guest.cpu().kick();

  (void)guest.cpu().complete_io();

  CHECK(name(guest.cpu().run()) == "interrupted");
}

TEST_CASE("A kicked vCPU finishes the instruction of its last exit") {
  TinyGuest guest;
  guest.start_real(write_byte());
  (void)guest.cpu().run();
  const std::uint64_t before_halt = kProgram.value + write_byte().size() - 1;

  guest.cpu().kick();

  CHECK(name(guest.cpu().run()) == "interrupted");
  CHECK(guest.cpu().registers().rip == before_halt);
}

}  // namespace
}  // namespace minivmm::kvm::test
