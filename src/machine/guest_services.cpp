#include "machine/guest_services.h"

#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <mutex>
#include <utility>

#include "host/terminal_size.h"
#include "machine/boot_files.h"
#include "minivmm/error.h"

namespace minivmm {

// --- What was asked for -------------------------------------------------------------------------

bool has_balloon(const MachineConfig& config) {
  return config.balloon.value_or(boots_firmware(config));
}

std::size_t count_services(const MachineConfig& config) {
  return (has_balloon(config) ? 1u : 0u) + (config.console.kind != CharKind::kNone ? 1u : 0u) +
         config.shares.size();
}

void check_services(const MachineConfig& config) {
  const auto stdio = CharKind::kStdio;
  if (config.console.kind == stdio &&
      std::ranges::count(config.serials, stdio, &CharConfig::kind) != 0)
    throw ConfigError(
        "a serial line and the console on stdio would mix: give one of them none, pty, file:PATH "
        "or unix:PATH");
  for (auto share = config.shares.begin(); share != config.shares.end(); ++share) {
    if (share->tag.empty() || share->tag.size() > virtio::Virtio9p::kLongestTag)
      throw ConfigError(fmt::format("the tag of shared folder '{}' must have 1 to {} bytes",
                                    share->path, virtio::Virtio9p::kLongestTag));
    if (std::find_if(config.shares.begin(), share,
                     [&](const ShareConfig& other) { return other.tag == share->tag; }) != share)
      throw ConfigError(
          fmt::format("two shared folders have the tag '{}': give one of them another, as in "
                      "--share {},tag=two",
                      share->tag, share->path));
  }
}

// --- The balloon --------------------------------------------------------------------------------

BalloonService::BalloonService(const pci::PciFunction::Wiring& pins, std::unique_ptr<IrqLine> intx,
                               const ServiceWiring& wiring, const Ram& ram)
    : line_(std::move(intx)),
      doorbells_(wiring.vm, wiring.doorbells),
      device_(wiring.memory, [&ram](std::span<std::byte> bytes) { ram.give_back(bytes); }),
      function_(pins, wiring.msi, device_, doorbells_.factory()),
      thread_("balloon", doorbells_, wiring.stop, [this] { return serve(); }) {}

// The lock is let go between the queues: a vCPU that asks a register waits for one at most.
bool BalloonService::serve() {
  for (std::uint16_t queue = 0; queue < virtio::kBalloonQueues; ++queue) {
    const std::lock_guard guard(function_.lock());
    device_.notify(queue);
  }
  return false;
}

void BalloonService::set_target(std::uint64_t bytes) {
  const std::lock_guard guard(function_.lock());
  device_.set_target(bytes);
}

void BalloonService::ask_for_stats() {
  const std::lock_guard guard(function_.lock());
  device_.ask_for_stats();
}

BalloonStatus BalloonService::status() const {
  const std::lock_guard guard(function_.lock());
  return device_.status();
}

// --- The console --------------------------------------------------------------------------------

ConsoleService::ConsoleService(const pci::PciFunction::Wiring& pins, std::unique_ptr<IrqLine> intx,
                               const ServiceWiring& wiring, HostSide& side, CharKind where)
    : side_(side),
      on_terminal_(where == CharKind::kStdio && terminal_size(STDOUT_FILENO)),
      line_(std::move(intx)),
      doorbells_(wiring.vm, wiring.doorbells),
      device_(wiring.memory, *side.console(),
              on_terminal_ ? virtio::VirtioConsole::Size::kKnown
                           : virtio::VirtioConsole::Size::kUnknown),
      function_(pins, wiring.msi, device_, doorbells_.factory()),
      thread_("console", doorbells_, wiring.stop,
              [this] { return device_.serve(function_.lock()); }) {
  look_at_size();
}

ConsoleService::~ConsoleService() {
  side_.on_loop([this] { side_.console()->set_receiver({}); });
}

void ConsoleService::start() {
  thread_.start();
  side_.console()->set_receiver([this](std::span<const std::byte> bytes) {
    look_at_size();
    return device_.receive(function_.lock(), bytes);
  });
}

// Whenever somebody types: who made his window larger sees it used by the next key.
void ConsoleService::look_at_size() {
  if (!on_terminal_) return;
  const auto size = terminal_size(STDOUT_FILENO);
  if (!size) return;
  const std::lock_guard guard(function_.lock());
  device_.set_size(size->columns, size->rows);
}

// --- Shared folders -----------------------------------------------------------------------------

ShareService::ShareService(const pci::PciFunction::Wiring& pins, std::unique_ptr<IrqLine> intx,
                           const ServiceWiring& wiring, MessageServer& server,
                           const ShareConfig& config, std::size_t number)
    : line_(std::move(intx)),
      doorbells_(wiring.vm, wiring.doorbells),
      device_(wiring.memory, server, config.tag),
      function_(pins, wiring.msi, device_, doorbells_.factory()),
      thread_(fmt::format("share-{}", number), doorbells_, wiring.stop,
              [this] { return device_.serve(function_.lock()); }) {}

}  // namespace minivmm
