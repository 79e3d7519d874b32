#include "kvm/busy_pages.h"

#include <algorithm>
#include <bit>

namespace minivmm::kvm {
namespace {

constexpr std::size_t kPagesInWord = 64;

// A page's count: looks on end in which it was written; from kFirst on it is kept, from kAgain on
// it is watched again, and with kGivenUp it is a page as any other.
constexpr std::uint8_t kFirst = BusyPages::kOnEnd;
constexpr std::uint8_t kAgain = kFirst + BusyPages::kKept;
constexpr std::uint8_t kGivenUp = kAgain + BusyPages::kPatience;

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
    heavy_looks_ = 0;
  }
  if (since >= kLook) {
    last_look_ = now;
    count();
  }
  for (std::size_t i = 0; i < log.size(); ++i) log[i] &= ~kept_[i];
}

void BusyPages::count() {
  unsigned watched_and_written = 0;
  for (std::size_t word = 0; word < written_.size(); ++word)
    watched_and_written += static_cast<unsigned>(std::popcount(written_[word] & ~kept_[word]));
  heavy_looks_ = watched_and_written >= kMany ? heavy_looks_ + 1 : 0;

  for (std::size_t word = 0; word < written_.size(); ++word) {
    if ((written_[word] | known_[word]) == 0) continue;
    for (std::size_t bit = 0; bit < kPagesInWord; ++bit)
      count_page(word * kPagesInWord + bit, (written_[word] >> bit & 1) != 0);
    written_[word] = 0;
  }
}

void BusyPages::count_page(std::size_t page, bool written) {
  std::uint8_t& count = counts_[page];
  if (count >= kAgain) {
    count = written ? kFirst : static_cast<std::uint8_t>(count + 1);
    if (count == kGivenUp) count = 0;
  } else if (count >= kFirst) {
    ++count;
  } else if (!written) {
    count = 0;
  } else if (++count == kFirst || heavy_looks_ >= kOnEnd) {
    // Pages that became busy together are watched again one after the other.
    count = static_cast<std::uint8_t>(kFirst + page % kKept);
  }
  const std::uint64_t mask = 1ull << page % kPagesInWord;
  const auto set = [&](std::uint64_t& word, bool value) {
    word = value ? word | mask : word & ~mask;
  };
  set(known_[page / kPagesInWord], count != 0);
  set(kept_[page / kPagesInWord], count >= kFirst && count < kAgain);
}

}  // namespace minivmm::kvm
