#include "kvm/busy_pages.h"

#include <algorithm>

namespace minivmm::kvm {
namespace {

constexpr std::size_t kPagesInWord = 64;

// Counts: below kTrusted a page was written in so many looks; from there on it is kept, until the
// count says kLast; then it is watched once more.
constexpr std::uint8_t kLast = BusyPages::kTrusted + BusyPages::kKept;
constexpr std::uint8_t kWatchedAgain = kLast + 1;

}  // namespace

void BusyPages::reset(std::size_t pages) {
  const std::size_t words = (pages + kPagesInWord - 1) / kPagesInWord;
  for (auto* bits : {&written_, &known_, &kept_}) bits->assign(words, 0);
  counts_.assign(words * kPagesInWord, 0);
}

void BusyPages::keep_back(std::span<std::uint64_t> log, Time now) {
  for (std::size_t i = 0; i < log.size(); ++i) written_[i] |= log[i];
  const auto since = now - last_look_;
  if (since >= kPause) {
    for (auto* bits : {&known_, &kept_}) std::ranges::fill(*bits, 0);
    std::ranges::fill(counts_, std::uint8_t{0});
  }
  if (since >= kLook) {
    last_look_ = now;
    count();
  }
  for (std::size_t i = 0; i < log.size(); ++i) log[i] &= ~kept_[i];
}

void BusyPages::count() {
  for (std::size_t word = 0; word < written_.size(); ++word) {
    if ((written_[word] | known_[word]) == 0) continue;
    for (std::size_t bit = 0; bit < kPagesInWord; ++bit)
      count_page(word * kPagesInWord + bit, (written_[word] >> bit & 1) != 0);
    written_[word] = 0;
  }
}

void BusyPages::count_page(std::size_t page, bool written) {
  std::uint8_t& count = counts_[page];
  if (!written) {
    count = 0;
  } else if (count == kWatchedAgain) {
    count = kTrusted;
  } else if (++count == kTrusted) {
    // Pages that became busy together are watched again one after the other.
    count = static_cast<std::uint8_t>(kTrusted + page % kKept);
  } else if (count == kLast) {
    count = kWatchedAgain;
  }
  const std::uint64_t mask = 1ull << page % kPagesInWord;
  const auto set = [&](std::uint64_t& word, bool value) {
    word = value ? word | mask : word & ~mask;
  };
  set(known_[page / kPagesInWord], count != 0);
  set(kept_[page / kPagesInWord], count >= kTrusted && count < kLast);
}

}  // namespace minivmm::kvm
