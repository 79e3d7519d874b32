#include "devices/virtio/virtio_net.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

#include "devices/virtio/features.h"
#include "devices/virtio/net_offer.h"
#include "devices/virtio/work_span.h"

namespace minivmm::virtio {
namespace {

// 5.1.2: receiveq1, transmitq1, receiveq2, ...
constexpr std::uint16_t receive_index(std::size_t pair) {
  return static_cast<std::uint16_t>(2 * pair);
}
constexpr std::uint16_t transmit_index(std::size_t pair) {
  return static_cast<std::uint16_t>(2 * pair + 1);
}

}  // namespace

VirtioNet::VirtioNet(const GuestMemory& memory, NetBackend& backend, const Options& options,
                     RequestObserver* onlooker)
    : options_(options),
      memory_(memory),
      backend_(backend),
      onlooker_(onlooker),
      pairs_(options.queue_pairs),
      wants_(options.queue_pairs) {
  traits_.id = kDeviceNetwork;
  traits_.features = net_features_for(backend.info(), options_.queue_pairs);
  traits_.queue_sizes.assign(std::size_t{options_.queue_pairs} * 2, kNetQueueSize);
  traits_.queue_sizes.push_back(kNetControlQueueSize);
  state_.config = net_config_for(backend.info(), options_.mac, options_.queue_pairs);
  if (backend.rings() != nullptr && onlooker == nullptr)
    hosted_.emplace(memory, backend, std::size_t{options_.queue_pairs} * 2);
}

// --- What the transport says, with the lock held
// --------------------------------------------------

void VirtioNet::activate(Transport& transport, std::uint64_t features) {
  state_.transport = &transport;
  state_.features = features;
  state_.settings.to_guest = offloads_to_guest(features);
  state_.hosting = hosted_ && hosted_->begin(features, state_.settings.to_guest);
}

/// 5.1.2: the control queue is behind the pairs that there are for this driver.
std::uint16_t VirtioNet::control_index() const {
  const bool several = (state_.features & kNetMultiQueue) != 0;
  return receive_index(several ? pairs_.size() : 1);
}

NetQueue& VirtioNet::queue_at(std::uint16_t index) {
  Pair& pair = pairs_.at(index / 2u);
  if (index % 2 == 0) return pair.receive;
  return pair.transmit;
}

void VirtioNet::start_queue(std::uint16_t queue, const QueueConfig& config) {
  if (queue == control_index()) {
    const Virtqueue& started = state_.control.emplace(memory_, config);
    if (started.fault()) report(describe(*started.fault()));
  } else if (queue < control_index()) {
    NetQueue& started = queue_at(queue);
    const std::string_view problem = started.start(memory_, config);
    report(problem);
    if (problem.empty() && state_.hosting && hosted_->start(queue, config, *state_.transport))
      started.stop();
  }
}

void VirtioNet::notify(std::uint16_t /*queue*/) {}

void VirtioNet::interrupts_moved() {
  if (state_.hosting) hosted_->route_interrupts(*state_.transport);
}

void VirtioNet::reset() {
  if (state_.hosting) hosted_->stop();
  state_ = {};
  state_.config = net_config_for(backend_.info(), options_.mac, options_.queue_pairs);
  for (Pair& pair : pairs_) {
    pair.receive.stop();
    pair.transmit.stop();
    // Otherwise the card's thread drops them, when it finds their queues gone.
    if (working_) continue;
    pair.receive.release();
    pair.transmit.release();
  }
}

std::uint64_t VirtioNet::answered(std::uint16_t queue) const {
  if (queue == control_index()) return state_.control ? state_.control->answered() : 0;
  if (queue > control_index()) return 0;
  if (state_.hosting && hosted_->has(queue)) return hosted_->used_index(queue);
  const Pair& pair = pairs_.at(queue / 2u);
  return queue % 2 == 0 ? pair.receive.answered() : pair.transmit.answered();
}

std::string_view VirtioNet::config_field(std::uint64_t offset) const {
  if (offset < offsetof(NetConfigSpace, status)) return "mac";
  if (offset < offsetof(NetConfigSpace, max_virtqueue_pairs)) return "status";
  if (offset < offsetof(NetConfigSpace, mtu)) return "max_virtqueue_pairs";
  if (offset < offsetof(NetConfigSpace, speed)) return "mtu";
  return offset < offsetof(NetConfigSpace, duplex) ? "speed" : "duplex";
}

void VirtioNet::report(std::string_view problem) {
  if (!problem.empty() && state_.transport != nullptr) state_.transport->needs_reset(problem);
}

// --- The card's thread
// ----------------------------------------------------------------------------

void VirtioNet::serve(std::mutex& lock, NetBackend::Wait wait) {
  const bool busy = work(lock);
  if (busy || wait == NetBackend::Wait::kNo) {
    backend_.turn(NetBackend::Wait::kNo, wants_);
    return;
  }
  if (look_out(lock)) return;
  {
    const std::lock_guard guard(lock);
    if (!listen()) return;
  }
  const auto asleep = std::chrono::steady_clock::now();
  backend_.turn(NetBackend::Wait::kYes, wants_);
  poll_window_.slept(std::chrono::steady_clock::now() - asleep);
}

bool VirtioNet::work(std::mutex& lock) {
  {
    const std::lock_guard guard(lock);
    take_all();
    working_ = true;
  }
  const bool moved = move_frames();
  const std::lock_guard guard(lock);
  working_ = false;
  put_all();
  settle_wants();
  return moved;
}

void VirtioNet::take_all() {
  serve_control();
  if (state_.hosting) serve_hosted();
  rules_ = {.from_guest = offloads_from_guest(state_.features),
            .to_guest = state_.settings.to_guest,
            .mergeable = (state_.features & kNetMergeable) != 0};
  wanted_ = state_.settings;
  for (Pair& pair : pairs_) {
    report(pair.transmit.take());
    report(pair.receive.take());
  }
}

bool VirtioNet::move_frames() {
  if (wanted_.to_guest != applied_.to_guest) backend_.let_receive(wanted_.to_guest);
  if (wanted_.pairs != applied_.pairs) backend_.set_queue_pairs(wanted_.pairs);
  applied_ = wanted_;
  WorkSpan span(onlooker_);
  unsigned frames = 0;
  for (std::uint16_t i = 0; i < pairs_.size(); ++i) {
    const unsigned sent =
        pairs_[i].transmit.send(backend_, i, rules_, {onlooker_, "send", transmit_index(i)});
    // 5.1.6.5.5.1: frames go to the queues of the pairs that are in use.
    const unsigned received =
        i < wanted_.pairs
            ? pairs_[i].receive.fill(backend_, i, rules_, {onlooker_, "receive", receive_index(i)})
            : 0;
    span.took(sent);
    span.answered(received);
    frames += sent + received;
  }
  return frames != 0;
}

void VirtioNet::put_all() {
  for (std::uint16_t i = 0; i < pairs_.size(); ++i) {
    Pair& pair = pairs_[i];
    report(pair.transmit.take_problem());
    report(pair.receive.take_problem());
    const bool sent = pair.transmit.put();
    const bool received = pair.receive.put();
    if (sent) state_.transport->interrupt_queue(transmit_index(i));
    if (received) state_.transport->interrupt_queue(receive_index(i));
  }
}

void VirtioNet::settle_wants() {
  for (std::size_t i = 0; i < pairs_.size(); ++i) {
    wants_[i].receive = i < applied_.pairs && !pairs_[i].receive.starved();
    wants_[i].send = pairs_[i].transmit.blocked();
    wants_[i].doorbells = !hosts(i);
  }
}

bool VirtioNet::hosts(std::size_t pair) const {
  return state_.hosting && hosted_->has(receive_index(pair)) && hosted_->has(transmit_index(pair));
}

void VirtioNet::serve_hosted() {
  hosted_->relay(*state_.transport);
  if (hosted_->take_fault()) report("a ring is malformed, or a buffer is not in RAM");
}

bool VirtioNet::look_out(std::mutex& lock) {
  constexpr int kPausesBetweenLooks = 16;  // Leaves the lock to a vCPU that wants it.
  const auto end = std::chrono::steady_clock::now() + poll_window_.length();
  while (std::chrono::steady_clock::now() < end) {
    {
      const std::lock_guard guard(lock);
      const auto asked = [](const Pair& pair) { return pair.transmit.has_available(); };
      if (std::ranges::any_of(pairs_, asked)) return true;
    }
    for (int i = 0; i < kPausesBetweenLooks; ++i) __builtin_ia32_pause();
  }
  return false;
}

bool VirtioNet::listen() {
  bool quiet = !state_.control || state_.control->enable_notifications();
  for (Pair& pair : pairs_) {
    if (!pair.transmit.listen()) quiet = false;
    // While there are buffers, nobody needs to hear of more.
    if (pair.receive.starved() && !pair.receive.listen()) quiet = false;
  }
  return quiet;
}

// --- The control queue
// ----------------------------------------------------------------------------

void VirtioNet::serve_control() {
  if (!state_.control || state_.control->fault()) return;
  Virtqueue& control = *state_.control;
  control.disable_notifications();
  // Bounded, so that a driver that never stops commanding doesn't keep the lock.
  for (unsigned taken = 0; taken < control.size(); ++taken) {
    std::optional<Chain> chain = control.pop();
    if (!chain) break;
    // 5.1.6.5: the answer is a byte behind the command.
    const std::byte answer{obey(*chain)};
    if (scatter(chain->writable(), {&answer, 1}) == 0)
      report("a command has no room for its answer");
    const std::uint32_t written = chain->writable().empty() ? 0 : 1;
    control.push(std::move(*chain), written);
  }
  if (control.fault()) report(describe(*control.fault()));
  if (control.publish() && control.should_interrupt())
    state_.transport->interrupt_queue(control_index());
}

std::uint8_t VirtioNet::obey(const Chain& chain) {
  const auto command = parse_command(
      chain, {.features = state_.features, .queue_pairs = static_cast<unsigned>(pairs_.size())});
  if (!command) return kNetError;
  if (const auto* set_mac = std::get_if<SetMac>(&*command)) {
    // 5.1.6.5.2.1: the configuration space shows it.
    std::ranges::copy(set_mac->mac, state_.config.mac);
  } else if (const auto* set_pairs = std::get_if<SetPairs>(&*command)) {
    state_.settings.pairs = set_pairs->pairs;
  } else if (const auto* set_offloads = std::get_if<SetGuestOffloads>(&*command)) {
    state_.settings.to_guest = set_offloads->offloads;
  }
  return kNetOk;
}

}  // namespace minivmm::virtio
