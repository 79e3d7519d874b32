#include "machine/host_side.h"

#include <fmt/core.h>
#include <pthread.h>

#include <future>
#include <string>
#include <utility>

#include "backends/char/make_char_backend.h"
#include "backends/net/make_net_backend.h"
#include "host/log.h"
#include "machine/network_config.h"
#include "machine/screen_config.h"
#include "minivmm/error.h"

namespace minivmm {

HostSide::HostSide(const MachineConfig& config, const Events& events, MachineControl& control) {
  for (const DiskConfig& disk : config.disks) images_.push_back(std::make_unique<DiskImage>(disk));
  if (config.cdrom) cd_tray_.emplace(*config.cdrom);
  open_networks(config);
  for (const ShareConfig& folder : config.shares)
    shares_.push_back(std::make_unique<share::ShareServer>(folder));
  if (config.debug_port.kind != CharKind::kNone)
    debug_port_ = make_char_backend(config.debug_port, loop_, {});
  if (has_screen(config))
    screen_ = std::make_unique<ScreenSide>(
        config, control,
        ScreenSide::Events{.on_expected = events.on_expected, .ask_sample = events.ask_sample});
  // Last, because the terminal becomes raw: whatever is wrong with the rest is said before.
  open_serials(config, events);
  open_console(config, events);
  // Nothing that was named is missing any more.
  if (screen_) screen_->open_window();
}

void HostSide::open_networks(const MachineConfig& config) {
  std::shared_ptr<net::CaptureFile> capture;
  for (const NetConfig& network : minivmm::networks(config)) {
    if (!config.pcap.empty() && !capture) capture = std::make_shared<net::CaptureFile>(config.pcap);
    const auto number = static_cast<unsigned>(networks_.size());
    networks_.push_back(
        {.mac = mac_address(network, number),
         .backend = net::make_net_backend(network, most_queue_pairs(config), capture)});
  }
}

void HostSide::open_serials(const MachineConfig& config, const Events& events) {
  for (const CharConfig& serial : config.serials) {
    const std::size_t number = serials_.size() + 1;
    // Not a matter of the log's level: without the name nobody finds the terminal.
    const auto tell_name = [number](const std::string& name) {
      fmt::print(stderr, "minivmm: COM{} is at {}\n", number, name);
    };
    serials_.push_back(make_char_backend(serial, loop_,
                                         {.on_quit = events.on_quit,
                                          .on_hangup = events.on_hangup,
                                          .on_debug = events.on_debug,
                                          .ctrl_c_is_debug = config.debug.from_start,
                                          .on_name = tell_name}));
    if (config.debug.takes_stdin) serials_.back()->lend_terminal(true);
  }
  if (!config.expect) return;
  if (serials_.empty())
    throw ConfigError("--expect looks at COM1, and there is none: give a --serial");
  auto tap = std::make_unique<ExpectTap>(std::move(serials_.front()), loop_, *config.expect,
                                         events.on_expected);
  expect_ = tap.get();
  serials_.front() = std::move(tap);
}

void HostSide::open_console(const MachineConfig& config, const Events& events) {
  if (config.console.kind == CharKind::kNone) return;
  console_ = make_char_backend(config.console, loop_,
                               {.on_quit = events.on_quit,
                                .on_hangup = events.on_hangup,
                                .on_debug = events.on_debug,
                                .ctrl_c_is_debug = config.debug.from_start,
                                .on_name = [](const std::string& name) {
                                  fmt::print(stderr, "minivmm: the console is at {}\n", name);
                                }});
  if (config.debug.takes_stdin) console_->lend_terminal(true);
}

HostSide::~HostSide() {
  loop_.stop();
  if (thread_.joinable()) thread_.join();
}

void HostSide::start() {
  if (thread_.joinable()) return;
  thread_ = std::thread([this] {
    pthread_setname_np(pthread_self(), "loop");
    loop_.run();
  });
}

void HostSide::on_loop(const std::function<void()>& function) {
  if (!thread_.joinable()) return function();
  std::promise<void> done;
  loop_.post([&] {
    function();
    done.set_value();
  });
  done.get_future().wait();
}

void HostSide::lend_terminal(bool lent) {
  on_loop([&] {
    for (const auto& serial : serials_) serial->lend_terminal(lent);
    if (console_) console_->lend_terminal(lent);
  });
}

void HostSide::end_line() {
  for (const auto& serial : serials_) serial->end_line();
  if (console_) console_->end_line();
}

void HostSide::stop_waiting() {
  for (const auto& serial : serials_) serial->stop_waiting();
  if (console_) console_->stop_waiting();
  if (debug_port_) debug_port_->stop_waiting();
}

}  // namespace minivmm
