#pragma once
// A network of which all that passes is recorded.

#include <memory>
#include <optional>
#include <utility>

#include "backends/net/capture_file.h"
#include "minivmm/net_backend.h"

namespace minivmm::net {

/// Frames are recorded as they pass: what offloads leave to be done is not done in the record. It
/// has no NetRings: frames that they move pass elsewhere.
class RecordedNetwork final : public NetBackend {
 public:
  RecordedNetwork(std::unique_ptr<NetBackend> network, std::shared_ptr<CaptureFile> file)
      : network_(std::move(network)), file_(std::move(file)) {}

  [[nodiscard]] const NetInfo& info() const override { return network_->info(); }
  void begin() override { network_->begin(); }
  void watch(int event_fd, std::optional<unsigned> pair) override {
    network_->watch(event_fd, pair);
  }
  void let_receive(const NetOffloads& offloads) override { network_->let_receive(offloads); }
  void set_queue_pairs(unsigned pairs) override { network_->set_queue_pairs(pairs); }
  void drop(unsigned pair) override { network_->drop(pair); }

  [[nodiscard]] bool send(unsigned pair, const NetHeader& header, FramePieces frame) override {
    std::size_t size = 0;
    for (const std::span<std::byte> piece : frame) size += piece.size();
    if (!network_->send(pair, header, frame)) return false;
    file_->add(frame, size);
    return true;
  }
  [[nodiscard]] std::size_t receive(unsigned pair, NetHeader& header, FramePieces room) override {
    const std::size_t size = network_->receive(pair, header, room);
    std::size_t space = 0;
    for (const std::span<std::byte> piece : room) space += piece.size();
    if (size != 0 && size <= space) file_->add(room, size);
    return size;
  }
  void turn(Wait wait, std::span<const Wants> wants) override {
    if (wait == Wait::kYes) file_->flush();
    network_->turn(wait, wants);
  }

 private:
  const std::unique_ptr<NetBackend> network_;
  const std::shared_ptr<CaptureFile> file_;
};

}  // namespace minivmm::net
