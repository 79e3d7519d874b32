#if defined(__GNUC__) && !defined(__clang__)
// g++ 12 with a sanitizer takes a union inside its own <regex> for uninitialised.
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif

#include "backends/char/expect_tap.h"

#include <chrono>
#include <utility>

#include "backends/expression.h"

namespace minivmm {
namespace {

// Long enough to gather the bytes of a prompt, short for people.
constexpr std::chrono::milliseconds kGrowingLineDelay{10};

}  // namespace

ExpectTap::ExpectTap(std::unique_ptr<CharBackend> inner, EventLoop& loop,
                     const std::string& pattern, std::function<void()> on_match)
    : inner_(std::move(inner)),
      expression_(compile_expression("--expect", pattern, Lines::kOne)),
      on_match_(std::move(on_match)) {
  timer_ = loop.make_timer([this] { search_growing_line(); });
}

ExpectTap::~ExpectTap() = default;

void ExpectTap::send(std::span<const std::byte> bytes) {
  inner_->send(bytes);
  bool found = false;
  {
    const std::lock_guard lock(mutex_);
    if (matched_) return;
    for (const std::byte byte : bytes) found = found || take(byte);
    if (!found && !line_.empty() && !std::exchange(timer_armed_, true))
      timer_->arm(std::chrono::steady_clock::now() + kGrowingLineDelay);
  }
  if (found) on_match_();
}

// Answers whether this byte completed the first match.
bool ExpectTap::take(std::byte byte) {
  if (byte == std::byte{'\n'}) {
    const bool found = search(LineState::kEnded);
    line_.clear();
    cut_ = false;
    return found;
  }
  line_.push_back(static_cast<char>(byte));
  if (line_.size() < kMaxLine) return false;
  const bool found = search(LineState::kGrowing);
  line_.erase(0, kMaxLine / 2);
  cut_ = true;
  return found;
}

bool ExpectTap::search(LineState state) {
  std::string_view line = line_;
  if (state == LineState::kEnded) line = line.substr(0, line.find_last_not_of('\r') + 1);
  auto flags = std::regex_constants::match_default;
  if (state == LineState::kGrowing) flags |= std::regex_constants::match_not_eol;
  if (cut_) flags |= std::regex_constants::match_not_bol;
  matched_ = matched_ || std::regex_search(line.begin(), line.end(), expression_, flags);
  return matched_;
}

void ExpectTap::search_growing_line() {
  bool found = false;
  {
    const std::lock_guard lock(mutex_);
    timer_armed_ = false;
    if (matched_) return;
    found = !line_.empty() && search(LineState::kGrowing);
  }
  if (found) on_match_();
}

bool ExpectTap::matched_at_end() {
  const std::lock_guard lock(mutex_);
  return matched_ || (!line_.empty() && search(LineState::kEnded));
}

}  // namespace minivmm
