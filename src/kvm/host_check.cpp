#include "kvm/host_check.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include <cerrno>
#include <fstream>
#include <sstream>
#include <string_view>

#include "host/system_error.h"
#include "kvm/kernel_interface.h"
#include "minivmm/error.h"

namespace minivmm::kvm {
namespace {

struct Need {
  unsigned capability;
  std::string_view name;
  std::string_view purpose;
};

// Everything that minivmm can't do without. What it can (TSC deadline timer, statistics) is asked
// for where it is used.
constexpr Need kNeeds[] = {
    {KVM_CAP_USER_MEMORY, "KVM_CAP_USER_MEMORY", "guest memory from this process"},
    {KVM_CAP_READONLY_MEM, "KVM_CAP_READONLY_MEM", "read-only memory for firmware"},
    {KVM_CAP_SET_TSS_ADDR, "KVM_CAP_SET_TSS_ADDR", "real mode on every processor"},
    {KVM_CAP_SET_IDENTITY_MAP_ADDR, "KVM_CAP_SET_IDENTITY_MAP_ADDR",
     "real mode on every processor"},
    {KVM_CAP_IRQCHIP, "KVM_CAP_IRQCHIP", "interrupt controllers in the kernel"},
    {KVM_CAP_PIT2, "KVM_CAP_PIT2", "the timer in the kernel"},
    {KVM_CAP_IRQ_ROUTING, "KVM_CAP_IRQ_ROUTING", "message signalled interrupts"},
    {KVM_CAP_IRQFD, "KVM_CAP_IRQFD", "interrupts from threads"},
    {KVM_CAP_IOEVENTFD, "KVM_CAP_IOEVENTFD", "doorbells"},
    {KVM_CAP_IOEVENTFD_ANY_LENGTH, "KVM_CAP_IOEVENTFD_ANY_LENGTH", "doorbells of any width"},
    {KVM_CAP_EXT_CPUID, "KVM_CAP_EXT_CPUID", "the processor's features"},
    {KVM_CAP_MP_STATE, "KVM_CAP_MP_STATE", "several processors"},
    {KVM_CAP_IMMEDIATE_EXIT, "KVM_CAP_IMMEDIATE_EXIT", "stopping a processor"},
};

bool has_flag(std::string_view cpu_info, std::string_view flag) {
  const std::size_t start = cpu_info.find("flags");
  if (start == std::string_view::npos) return false;
  std::istringstream line{std::string(cpu_info.substr(start, cpu_info.find('\n', start) - start))};
  for (std::string word; line >> word;) {
    if (word == flag) return true;
  }
  return false;
}

std::string without_driver(HostProbe& host, const std::string& path) {
  const std::string cpu_info = host.cpu_info();
  for (const auto& [flag, module] : {std::pair{"vmx", "kvm_intel"}, {"svm", "kvm_amd"}}) {
    if (!has_flag(cpu_info, flag)) continue;
    return fmt::format(
        "can't open {0}: the CPU can virtualize ({1}), but KVM's module {2} is not loaded (try: "
        "sudo "
        "modprobe {2}; if that fails, \"sudo dmesg | grep kvm\" says why, most often because the "
        "BIOS/firmware set-up has virtualization switched off)",
        path, flag, module);
  }
  return fmt::format(
      "can't open {}: there is no KVM, and /proc/cpuinfo shows neither vmx nor svm (switch "
      "virtualization, VT-x or AMD-V/SVM, on in the BIOS/firmware set-up; inside a virtual "
      "machine, "
      "switch nested virtualization on outside it)",
      path);
}

std::string without_permission(HostProbe& host, const std::string& path) {
  const std::string group = host.owning_group(path);
  if (group.empty() || group == "root") {
    return fmt::format(
        "can't open {}: no permission, and no group of users is meant to have it (give it the "
        "group "
        "kvm: sudo chgrp kvm {} && sudo chmod g+rw {})",
        path, path, path);
  }
  return fmt::format(
      "can't open {}: no permission; it belongs to the group {} (sudo usermod -aG {} $USER, and "
      "log "
      "in again)",
      path, group, group);
}

[[noreturn]] void refuse_open(HostProbe& host, const std::string& path, int error) {
  switch (error) {
    case ENOENT:
    case ENODEV:
    case ENXIO:
      throw HostError(without_driver(host, path));
    case EACCES:
    case EPERM:
      throw HostError(without_permission(host, path));
    default:
      throw system_error(fmt::format("can't open {}", path), {}, error);
  }
}

void check_api_version(HostProbe& host, int fd, const std::string& path) {
  const int version = host.api_version(fd);
  if (version == KVM_API_VERSION) return;
  if (version < 0) {
    throw HostError(fmt::format(
        "{} is not KVM: it doesn't answer KVM_GET_API_VERSION: {} (is it the right device?)", path,
        errno_text(-version)));
  }
  throw HostError(
      fmt::format("{} speaks version {} of KVM's interface; minivmm needs version {}, which every "
                  "Linux since 2.6.22 has (use a current kernel)",
                  path, version, KVM_API_VERSION));
}

void check_capabilities(HostProbe& host, int fd, const std::string& path) {
  for (const Need& need : kNeeds) {
    if (host.check_extension(fd, need.capability) > 0) continue;
    throw HostError(
        fmt::format("{} lacks {} ({}), which minivmm needs (use Linux 5.4 or newer, for x86-64)",
                    path, need.name, need.purpose));
  }
}

/// /etc/group's name for a group id, or the number. Not getgrgid: that one loads the name service's
/// plug-ins, which a statically linked program can't.
std::string group_name(gid_t gid) {
  std::ifstream groups("/etc/group");
  const std::string number = std::to_string(gid);
  for (std::string line; std::getline(groups, line);) {
    // group(5): name:password:GID:members.
    const std::size_t name_end = line.find(':');
    const std::size_t password_end = line.find(':', name_end + 1);
    if (name_end == std::string::npos || password_end == std::string::npos) continue;
    const std::size_t gid_end = line.find(':', password_end + 1);
    if (line.substr(password_end + 1, gid_end - password_end - 1) == number) {
      return line.substr(0, name_end);
    }
  }
  return number;
}

class ThisHost final : public HostProbe {
 public:
  int open(const std::string& path) override {
    const int fd = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
    return fd >= 0 ? fd : -errno;
  }
  int api_version(int fd) override {
    const int version = ::ioctl(fd, KVM_GET_API_VERSION, 0);
    return version >= 0 ? version : -errno;
  }
  int check_extension(int fd, unsigned capability) override {
    return ::ioctl(fd, KVM_CHECK_EXTENSION, static_cast<unsigned long>(capability));
  }
  std::string owning_group(const std::string& path) override {
    struct stat node {};
    if (::stat(path.c_str(), &node) != 0) return {};
    return group_name(node.st_gid);
  }
  std::string cpu_info() override {
    std::ifstream file("/proc/cpuinfo");
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
  }
};

}  // namespace

UniqueFd open_checked(HostProbe& host, const std::string& path) {
  const int opened = host.open(path);
  if (opened < 0) refuse_open(host, path, -opened);
  UniqueFd fd(opened);
  check_api_version(host, fd.get(), path);
  check_capabilities(host, fd.get(), path);
  return fd;
}

UniqueFd open_checked(const std::string& path) {
  ThisHost host;
  return open_checked(host, path);
}

}  // namespace minivmm::kvm
