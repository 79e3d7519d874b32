#include "backends/display/cd_changer.h"

#include <fmt/core.h>
#include <pthread.h>

#include <algorithm>
#include <exception>
#include <filesystem>
#include <system_error>
#include <utility>

#include "host/log.h"

namespace minivmm::view {
namespace {

namespace fs = std::filesystem;

PathText absolute_text(const fs::path& path) {
  std::error_code error;
  const fs::path absolute = fs::absolute(path, error);
  return error ? PathText{} : path_text(absolute.native()).value_or(PathText{});
}

}  // namespace

std::string in_short(const std::string& message, const std::string& path) {
  const std::string prefix = fmt::format("CD '{}': ", path);
  if (!message.starts_with(prefix)) return message;
  const std::string reason = message.substr(prefix.size());
  return fs::path(path).filename().native() + ": " + reason.substr(0, reason.find(" ("));
}

CdChanger::CdChanger(EventLoop& loop, MachineControl& control, const std::string& disc,
                     std::function<void(const Drive&)> tell)
    : control_(control), tell_(std::move(tell)) {
  drive_.folder = absolute_text(".");
  if (!disc.empty()) drive_.disc = absolute_text(disc);
  watch_ = loop.watch_readable(done_.fd(), [this] { opened(); });
}

CdChanger::~CdChanger() {
  if (thread_.joinable()) thread_.join();
}

void CdChanger::insert(const std::string& path) {
  CdControl* const cd = control_.cd();
  if (cd == nullptr) return answer("this machine has no CD-ROM drive");
  if (thread_.joinable()) return answer("another image is still being opened");
  path_ = path;
  error_.clear();
  try {
    thread_ = std::thread([this, cd] { open(*cd); });
  } catch (const std::system_error& error) {
    answer(fmt::format("no image can be opened now: {}", error.what()));
  }
}

void CdChanger::open(CdControl& cd) {
  pthread_setname_np(pthread_self(), "cd-changer");
  try {
    cd.insert(path_);
  } catch (const std::exception& error) {
    error_ = error.what();
  }
  done_.signal();
}

void CdChanger::opened() {
  done_.consume();
  if (!thread_.joinable()) return;
  thread_.join();
  if (error_.empty()) {
    drive_.disc = path_text(path_).value_or(PathText{});
    log::info("CD '{}': it is in the drive now", path_);
    return answer({});
  }
  log::warning("{}; the CD-ROM drive is as it was", error_);
  answer(in_short(error_, path_));
}

void CdChanger::answer(const std::string& error) {
  Drive told = drive_;
  told.answers = 1;
  std::copy_n(error.begin(), std::min(error.size(), told.error.size() - 1), told.error.begin());
  tell_(told);
}

}  // namespace minivmm::view
