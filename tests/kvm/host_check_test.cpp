#include "kvm/host_check.h"

#include <fcntl.h>

#include <catch2/catch.hpp>
#include <cerrno>
#include <set>

#include "minivmm/error.h"

namespace minivmm::kvm {
namespace {

using Catch::Contains;

/// A host whose KVM is all right until a test changes that.
class FakeHost final : public HostProbe {
 public:
  int open(const std::string& /*path*/) override {
    return open_error != 0 ? -open_error : ::open("/dev/null", O_RDWR | O_CLOEXEC);
  }
  int api_version(int /*fd*/) override { return version; }
  int check_extension(int /*fd*/, unsigned capability) override {
    asked.insert(capability);
    return capability == lacking ? 0 : 1;
  }
  std::string owning_group(const std::string& /*path*/) override { return group; }
  std::string cpu_info() override { return cpus; }

  int open_error = 0;
  int version = 12;
  unsigned lacking = ~0u;
  std::string group = "kvm";
  std::string cpus = "processor\t: 0\nflags\t\t: fpu vme\n";
  std::set<unsigned> asked;
};

std::string refusal(FakeHost& host) {
  try {
    (void)open_checked(host, "/dev/kvm");
  } catch (const HostError& error) {
    return error.what();
  }
  return "none";
}

TEST_CASE("A host with everything is accepted") {
  FakeHost host;
  CHECK(open_checked(host, "/dev/kvm").get() >= 0);
}

TEST_CASE("Without the device, a CPU with VT-x is told to load kvm_intel") {
  FakeHost host;
  host.open_error = ENOENT;
  host.cpus = "processor\t: 0\nflags\t\t: fpu vmx sse\n";
  CHECK_THAT(refusal(host), Contains("sudo modprobe kvm_intel"));
}

TEST_CASE("Without the device, a CPU with AMD-V is told to load kvm_amd") {
  FakeHost host;
  host.open_error = ENODEV;
  host.cpus = "processor\t: 0\nflags\t\t: fpu svm\n";
  CHECK_THAT(refusal(host), Contains("sudo modprobe kvm_amd"));
}

TEST_CASE("Without the device and without vmx or svm, the firmware's set-up is named") {
  FakeHost host;
  host.open_error = ENOENT;
  host.cpus = "processor\t: 0\nflags\t\t: fpu vmxoff svm_lock\n";
  CHECK_THAT(refusal(host), Contains("neither vmx nor svm") && Contains("firmware set-up"));
}

TEST_CASE("Without /proc/cpuinfo the refusal is a refusal all the same") {
  FakeHost host;
  host.open_error = ENOENT;
  host.cpus = "";
  CHECK_THAT(refusal(host), Contains("can't open /dev/kvm"));
}

TEST_CASE("Without permission the group that has it is named, and how to join it") {
  FakeHost host;
  host.open_error = EACCES;
  host.group = "virtualizers";
  CHECK_THAT(refusal(host), Contains("no permission") &&
                                Contains("sudo usermod -aG virtualizers $USER") &&
                                Contains("log in again"));
}

TEST_CASE("Without permission and a group of users, one is proposed") {
  FakeHost host;
  host.open_error = EACCES;
  host.group = "root";
  CHECK_THAT(refusal(host), Contains("sudo chgrp kvm /dev/kvm"));
}

TEST_CASE("Any other refusal to open is told in the system's words") {
  FakeHost host;
  host.open_error = EMFILE;
  CHECK_THAT(refusal(host), Contains("can't open /dev/kvm") && Contains("Too many open files"));
}

TEST_CASE("A device that is not KVM is told apart") {
  FakeHost host;
  host.version = -ENOTTY;
  CHECK_THAT(refusal(host), Contains("is not KVM"));
}

TEST_CASE("Another version of KVM's interface is refused with both versions") {
  FakeHost host;
  host.version = 13;
  CHECK_THAT(refusal(host), Contains("version 13") && Contains("version 12"));
}

TEST_CASE("Each missing capability is told by its name, in one line") {
  FakeHost complete;
  (void)open_checked(complete, "/dev/kvm");
  REQUIRE(complete.asked.size() >= 12);
  std::set<std::string> refusals;
  for (const unsigned capability : complete.asked) {
    FakeHost host;
    host.lacking = capability;
    const std::string line = refusal(host);
    CHECK_THAT(line, Contains("lacks KVM_CAP_") && !Contains("\n"));
    refusals.insert(line);
  }
  CHECK(refusals.size() == complete.asked.size());
}

TEST_CASE("A path where nothing is gives a refusal on the real host too") {
  CHECK_THROWS_WITH(open_checked("/nonexistent/kvm"), Contains("can't open /nonexistent/kvm"));
  CHECK_THROWS_WITH(open_checked("/dev/null"), Contains("is not KVM"));
}

}  // namespace
}  // namespace minivmm::kvm
