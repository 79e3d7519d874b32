#include "devices/ide/drive.h"

#include <algorithm>
#include <cassert>
#include <cerrno>

#include "minivmm/io_device.h"

namespace minivmm::ide {
namespace {

// What a selected transfer mode is written as (ATA/ATAPI-6, table 45): the kind in the high bits.
constexpr std::uint8_t kModeNumber = 0x07;
constexpr std::uint8_t kModeKind = 0xf8;
constexpr std::uint8_t kPioDefault = 0x00;
constexpr std::uint8_t kPioFlowControl = 0x08;
constexpr std::uint8_t kMultiwordDma = 0x20;
constexpr std::uint8_t kUltraDma = 0x40;
constexpr std::uint8_t kMostPio = 4;
constexpr std::uint8_t kMostDma = 2;

}  // namespace

Drive::Drive() : buffer_(kBufferSize) {}

void Drive::connect(ImageQueue* image) {
  if (image_ != nullptr) {
    image_->listen({});
    // Taken or not, nobody will tell of it any more.
    if (image_->busy()) io_ended(ENODEV);
  }
  image_ = image;
  if (image_ != nullptr) image_->listen([this](int error) { io_ended(error); });
}

// --- Registers
// ------------------------------------------------------------------------------------

std::uint8_t Drive::read(Register which, bool high_order) const {
  const auto byte = [high_order](const TwoBytes& bytes) {
    return high_order ? bytes.previous : bytes.current;
  };
  switch (which) {
    case Register::kData:
      return 0xff;
    case Register::kErrorFeatures:
      return state_.error;
    case Register::kCount:
      return byte(state_.task.count);
    case Register::kLbaLow:
      return byte(state_.task.lba_low);
    case Register::kLbaMid:
      return byte(state_.task.lba_mid);
    case Register::kLbaHigh:
      return byte(state_.task.lba_high);
    case Register::kDevice:
      return static_cast<std::uint8_t>(state_.task.device | kDeviceObsolete);
    case Register::kStatusCommand:
      return state_.status;
  }
  return 0xff;
}

void Drive::write(Register which, std::uint8_t value) {
  if (!accepts_writes()) return;
  switch (which) {
    case Register::kErrorFeatures:
      return state_.task.features.push(value);
    case Register::kCount:
      return state_.task.count.push(value);
    case Register::kLbaLow:
      return state_.task.lba_low.push(value);
    case Register::kLbaMid:
      return state_.task.lba_mid.push(value);
    case Register::kLbaHigh:
      return state_.task.lba_high.push(value);
    case Register::kDevice:
      state_.task.device = value;
      return;
    case Register::kData:
    case Register::kStatusCommand:
      return;
  }
}

void Drive::command(std::uint8_t command) {
  if (!accepts_writes()) return;  // 7.4: only DEVICE RESET gets through, which the channel knows.
  state_.interrupt = false;
  state_.error = 0;
  state_.status = kBusy;
  state_.command_running = true;
  execute(command);
}

// --- Data
// -----------------------------------------------------------------------------------------

void Drive::offer_pio(Direction direction, std::size_t offset, std::size_t size, Notice notice) {
  assert(size > 0 && offset <= buffer_.size() && size <= buffer_.size() - offset);
  state_.data = Data::kPio;
  state_.direction = direction;
  state_.position = offset;
  state_.end = offset + size;
  state_.status = kReady | kSeekComplete | kDataRequest;
  if (notice == Notice::kInterrupt) state_.interrupt = true;
}

// DRQ need not show while DMARQ does the work (9.7): busy is what keeps the registers.
void Drive::offer_dma(Direction direction, std::size_t size) {
  assert(size > 0 && size <= buffer_.size());
  state_.data = Data::kDma;
  state_.direction = direction;
  state_.position = 0;
  state_.end = size;
}

void Drive::read_data(std::span<std::byte> data) {
  if (state_.data != Data::kPio || state_.direction != Direction::kToHost) return fill_ones(data);
  const std::size_t moved = std::min(data.size(), state_.end - state_.position);
  std::copy_n(buffer_.begin() + static_cast<std::ptrdiff_t>(state_.position), moved, data.begin());
  std::fill(data.begin() + static_cast<std::ptrdiff_t>(moved), data.end(), std::byte{});
  state_.position += moved;
  if (state_.position == state_.end) end_block();
}

void Drive::write_data(std::span<const std::byte> data) {
  if (state_.data != Data::kPio || state_.direction != Direction::kToDevice) return;
  const std::size_t moved = std::min(data.size(), state_.end - state_.position);
  std::copy_n(data.begin(), moved, buffer_.begin() + static_cast<std::ptrdiff_t>(state_.position));
  state_.position += moved;
  if (state_.position == state_.end) end_block();
}

std::optional<Drive::DmaBlock> Drive::dma() {
  if (state_.data != Data::kDma) return std::nullopt;
  return DmaBlock{std::span(buffer_).subspan(state_.position, state_.end - state_.position),
                  state_.direction};
}

void Drive::dma_moved(std::size_t bytes) {
  assert(state_.data == Data::kDma && bytes <= state_.end - state_.position);
  state_.position += bytes;
  if (state_.position == state_.end) end_block();
}

void Drive::end_block() {
  state_.data = Data::kNone;
  state_.status = kBusy;
  block_moved();
}

// --- The image
// ------------------------------------------------------------------------------------

void Drive::request(BlockOp op, std::uint64_t offset, std::size_t size) {
  assert(image_ != nullptr && size <= buffer_.size());
  state_.status = kBusy;
  BlockRequest wanted{.op = op, .offset = offset, .length = size};
  if (op != BlockOp::kFlush) wanted.segments.push_back(std::span(buffer_).first(size));
  image_->post(std::move(wanted));
}

void Drive::io_ended(int error) {
  if (reset_ == Reset::kWaitsForImage) {
    finish_reset();
  } else if (reset_ == Reset::kNone && state_.command_running) {
    request_ended(error);
  }
  if (cable_ != nullptr) cable_->changed();
}

void Drive::complete(Notice notice) {
  state_.command_running = false;
  state_.data = Data::kNone;
  state_.status = kReady | kSeekComplete;
  if (notice == Notice::kInterrupt) state_.interrupt = true;
}

void Drive::fail(std::uint8_t error, std::uint8_t status) {
  complete();
  state_.error = error;
  state_.status = static_cast<std::uint8_t>(state_.status | status | kError);
}

bool Drive::select_mode(std::uint8_t mode) {
  const auto kind = static_cast<std::uint8_t>(mode & kModeKind);
  const auto number = static_cast<std::uint8_t>(mode & kModeNumber);
  const auto bit = static_cast<std::uint8_t>(1u << number);
  if (kind == kPioDefault && number <= 1) return true;
  if (kind == kPioFlowControl && number <= kMostPio) return true;
  if (number > kMostDma || (kind != kMultiwordDma && kind != kUltraDma)) return false;
  modes_ = kind == kUltraDma ? TransferModes{.ultra = bit} : TransferModes{.multiword = bit};
  return true;
}

// --- Resets
// ---------------------------------------------------------------------------------------

void Drive::hardware_reset() {
  modes_ = {};
  revert_settings();
  begin_reset();
  end_reset();
}

void Drive::begin_reset() {
  forget_command();
  const TaskFile kept = state_.task;
  state_ = {};
  state_.task = kept;
  state_.status = kBusy;
  reset_ = Reset::kAsserted;
}

void Drive::end_reset() {
  if (reset_ != Reset::kAsserted) return;
  if (image_ != nullptr && image_->busy()) {
    reset_ = Reset::kWaitsForImage;
    return;
  }
  finish_reset();
}

void Drive::finish_reset() {
  reset_ = Reset::kNone;
  state_ = {};
  sign();
  state_.status = status_after_reset();
}

void Drive::diagnose() {
  if (!accepts_writes()) return;
  sign();
  state_.status = status_after_reset();
  state_.interrupt = true;
}

// 9.12: who it is, for drivers that look before they know any command.
void Drive::sign() {
  state_.error = kDiagnosticsPassed;
  state_.task = {};
  state_.task.count.current = 1;
  state_.task.lba_low.current = 1;
  state_.task.lba_mid.current = static_cast<std::uint8_t>(signature() & 0xff);
  state_.task.lba_high.current = static_cast<std::uint8_t>(signature() >> 8);
}

// --- For people
// -----------------------------------------------------------------------------------

void Drive::list_registers(const std::string& prefix, std::vector<RegisterValue>& values) const {
  const TaskFile& task_file = state_.task;
  const auto add = [&](const char* which, std::uint8_t value, std::string meaning = {}) {
    values.push_back({.name = prefix + which, .value = value, .meaning = std::move(meaning)});
  };
  const auto add_two = [&](const char* which, const TwoBytes& bytes) {
    values.push_back({.name = prefix + which,
                      .value = static_cast<std::uint64_t>(bytes.previous << 8 | bytes.current),
                      .width = 2});
  };
  add("Status", state_.status, describe_status(state_.status));
  add("Error", state_.error);
  add_two("Features", task_file.features);
  add_two("Sector_Count", task_file.count);
  add_two("LBA_Low", task_file.lba_low);
  add_two("LBA_Mid", task_file.lba_mid);
  add_two("LBA_High", task_file.lba_high);
  add("Device", task_file.device);
}

std::string describe_status(std::uint8_t status) {
  static constexpr std::array<std::pair<std::uint8_t, const char*>, 6> kBits{
      {{kBusy, "BSY"},
       {kReady, "DRDY"},
       {kDeviceFault, "DF"},
       {kSeekComplete, "DSC"},
       {kDataRequest, "DRQ"},
       {kError, "ERR"}}};
  std::string text;
  for (const auto& [bit, name] : kBits) {
    if ((status & bit) == 0) continue;
    if (!text.empty()) text += ", ";
    text += name;
  }
  return text;
}

}  // namespace minivmm::ide
