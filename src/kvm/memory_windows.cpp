#include "kvm/memory_windows.h"

#include <sys/mman.h>

#include <algorithm>
#include <cassert>
#include <chrono>
#include <functional>
#include <optional>
#include <utility>

#include "host/log.h"
#include "host/system_error.h"
#include "kvm/busy_pages.h"
#include "kvm/kernel_interface.h"

namespace minivmm::kvm {
namespace {

constexpr std::uint64_t kPage = 4096;
constexpr std::uint64_t kPagesInWord = 64;

bool overlap(const GuestRange& a, const GuestRange& b) {
  return a.start < b.end() && b.start < a.end();
}

std::size_t words_for(std::uint64_t bytes) {
  return static_cast<std::size_t>((bytes / kPage + kPagesInWord - 1) / kPagesInWord);
}

// Sets in `to` what is set in `from`, `first` bits further up.
void merge_shifted(std::span<const std::uint64_t> from, std::uint64_t first,
                   std::span<std::uint64_t> to) {
  const std::size_t word = first / kPagesInWord;
  const auto bit = static_cast<unsigned>(first % kPagesInWord);
  for (std::size_t i = 0; i < from.size(); ++i) {
    if (from[i] == 0) continue;
    to[word + i] |= from[i] << bit;
    // What is shifted out; a page beyond the memory is never dirty.
    const std::uint64_t rest = bit == 0 ? 0 : from[i] >> (kPagesInWord - bit);
    if (rest != 0) to[word + i + 1] |= rest;
  }
}

bool emulation_failed(const VcpuExit& exit) {
  const auto* error = std::get_if<InternalError>(&exit);
  return error != nullptr && error->suberror == KVM_INTERNAL_ERROR_EMULATION;
}

}  // namespace

/// One slot. Everything but MemoryWindow's functions with lock_ held.
class MemoryWindows::Window final : public MemoryWindow {
 public:
  Window(MemoryWindows& all, unsigned slot, std::span<std::byte> memory)
      : all_(all), slot_(slot), memory_(memory), dirty_(words_for(memory.size())) {
    assert(memory.size() % kPage == 0);
  }

  void map(GuestAddress address, std::uint64_t offset, std::uint64_t size) override;
  void unmap() override;
  void take_dirty(std::span<std::uint64_t> pages) override;
  void when_written(std::function<void()> changed) override;

  [[nodiscard]] bool shows(GuestAddress address) const {
    return mapped_ && mapped_->range.contains(address);
  }
  [[nodiscard]] bool is_protected() const { return protected_; }
  /// Lets the guest write; answers whom to tell.
  [[nodiscard]] std::function<void()> end_watch();

 private:
  struct Mapped {
    GuestRange range;
    std::uint64_t offset = 0;
    friend bool operator==(const Mapped&, const Mapped&) = default;
  };

  void end_mapping();
  /// Asks KVM; whether there are pages that nobody has taken yet.
  bool collect_dirty();
  void protect();
  void unprotect();

  // Wiring.
  MemoryWindows& all_;
  const unsigned slot_;
  const std::span<std::byte> memory_;

  // State.
  std::optional<Mapped> mapped_;
  bool protected_ = false;            // What is mapped is write-protected.
  std::function<void()> changed_;     // Not empty: somebody waits.
  std::vector<std::uint64_t> dirty_;  // Pages of the memory that nobody has taken yet.
  std::vector<std::uint64_t> log_;    // For KVM's answers.
  BusyPages busy_;
};

// --- All windows --------------------------------------------------------------------------------

MemoryWindows::MemoryWindows(Vm& vm, std::vector<GuestRange> reserved)
    : vm_(vm), reserved_(std::move(reserved)), can_keep_log_(vm.keep_dirty_log()) {}

MemoryWindows::~MemoryWindows() = default;

MemoryWindow& MemoryWindows::add(unsigned slot, std::span<std::byte> memory) {
  return *windows_.emplace_back(std::make_unique<Window>(*this, slot, memory));
}

bool MemoryWindows::is_reserved(const GuestRange& range) const {
  return std::ranges::any_of(reserved_,
                             [&](const GuestRange& taken) { return overlap(range, taken); });
}

bool MemoryWindows::resolve(const VcpuExit& exit, Vcpu& vcpu) {
  if (const auto* write = std::get_if<MmioWrite>(&exit)) {
    if (watched_.load() != 0) write_by_emulator(write->address);
    return false;  // The device carries it out.
  }
  const bool emulated = emulation_failed(exit);
  if (!emulated && !std::holds_alternative<MemoryFault>(exit)) return false;
  if (!write_denied(vcpu.index())) return false;
  if (emulated) vcpu.drop_pending_exception();
  return true;
}

void MemoryWindows::write_by_emulator(GuestAddress address) {
  std::function<void()> changed;
  {
    const std::lock_guard guard(lock_);
    for (const auto& window : windows_) {
      if (window->shows(address)) changed = window->end_watch();
    }
  }
  if (changed) changed();
}

// KVM doesn't say which memory it could not write (newer ones do, for some faults), so all windows
// become writable. Another vCPU may have come with the same news just before: then nothing is left
// to do, but the instruction is to be tried again all the same, once.
bool MemoryWindows::write_denied(unsigned vcpu) {
  std::vector<std::function<void()>> calls;
  {
    const std::lock_guard guard(lock_);
    for (const auto& window : windows_) {
      if (window->is_protected()) calls.push_back(window->end_watch());
    }
    if (seen_by_cpu_.size() <= vcpu) seen_by_cpu_.resize(vcpu + 1);
    if (std::exchange(seen_by_cpu_[vcpu], writes_let_through_) == writes_let_through_) return false;
  }
  for (const auto& changed : calls) changed();
  return true;
}

// --- One window ---------------------------------------------------------------------------------

void MemoryWindows::Window::map(GuestAddress address, std::uint64_t offset, std::uint64_t size) {
  assert(address.value % kPage == 0 && offset % kPage == 0 && size % kPage == 0 && size != 0);
  assert(offset <= memory_.size() && size <= memory_.size() - offset);
  const std::lock_guard guard(all_.lock_);
  const Mapped wanted{{address, size}, offset};
  if (mapped_ == wanted) return;
  end_mapping();
  const bool taken = all_.is_reserved(wanted.range) ||
                     !all_.vm_.try_add_memory(slot_, address, memory_.subspan(offset, size));
  if (taken) {
    static log::RateLimit limit;
    if (limit.allow())
      log::info("device memory at {:#x} would lie over something else: not mapped", address.value);
    return;
  }
  mapped_ = wanted;
  log_.assign(words_for(size), 0);
  busy_.reset(size / kPage);
  if (changed_) protect();
}

void MemoryWindows::Window::unmap() {
  const std::lock_guard guard(all_.lock_);
  end_mapping();
}

void MemoryWindows::Window::take_dirty(std::span<std::uint64_t> pages) {
  const std::lock_guard guard(all_.lock_);
  assert(pages.size() >= dirty_.size());
  collect_dirty();
  for (std::size_t i = 0; i < dirty_.size(); ++i) pages[i] |= std::exchange(dirty_[i], 0);
}

void MemoryWindows::Window::when_written(std::function<void()> changed) {
  std::function<void()> call_now;
  {
    const std::lock_guard guard(all_.lock_);
    (void)end_watch();
    if (!changed) return;
    if (collect_dirty()) {
      call_now = std::move(changed);
    } else {
      changed_ = std::move(changed);
      ++all_.watched_;
      protect();
      // A write that came between the two.
      if (collect_dirty()) call_now = end_watch();
    }
  }
  if (call_now) call_now();
}

void MemoryWindows::Window::end_mapping() {
  if (!mapped_) return;
  collect_dirty();
  all_.vm_.remove_memory(slot_, mapped_->range.start);
  unprotect();
  mapped_.reset();
}

bool MemoryWindows::Window::collect_dirty() {
  const auto is_set = [](std::uint64_t word) { return word != 0; };
  if (mapped_) {
    all_.vm_.dirty_log(slot_, log_);
    merge_shifted(log_, mapped_->offset / kPage, dirty_);
    if (all_.can_keep_log_) {
      busy_.keep_back(log_, std::chrono::steady_clock::now());
      if (std::ranges::any_of(log_, is_set)) all_.vm_.reset_dirty(slot_, log_, mapped_->range.size);
    }
  }
  return std::ranges::any_of(dirty_, is_set);
}

void MemoryWindows::Window::protect() {
  if (!mapped_ || protected_) return;
  if (::mprotect(memory_.data() + mapped_->offset, mapped_->range.size, PROT_READ) != 0)
    throw system_error("can't write-protect device memory");
  protected_ = true;
}

void MemoryWindows::Window::unprotect() {
  if (!protected_) return;
  if (::mprotect(memory_.data() + mapped_->offset, mapped_->range.size, PROT_READ | PROT_WRITE) !=
      0)
    throw system_error("can't make device memory writable again");
  protected_ = false;
  ++all_.writes_let_through_;
}

std::function<void()> MemoryWindows::Window::end_watch() {
  unprotect();
  if (changed_) --all_.watched_;
  return std::exchange(changed_, nullptr);
}

}  // namespace minivmm::kvm
