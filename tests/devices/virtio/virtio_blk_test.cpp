// A disk, from its queues to its backend and back (virtio 1.2, 5.2).

#include "devices/virtio/virtio_blk.h"

#include <algorithm>
#include <atomic>
#include <catch2/catch.hpp>
#include <cerrno>
#include <cstring>
#include <thread>

#include "devices/virtio/features.h"
#include "host/event_fd.h"
#include "host/log.h"
#include "support/driver_queue.h"
#include "support/memory_disk.h"
#include "support/virtio_fakes.h"

namespace minivmm::virtio {
namespace {

using test::Buffer;
using test::DriverQueue;
using test::DriverRam;
using test::FakeTransport;
using test::MemoryDisk;
using test::readable;
using test::writable;
using Wait = BlockBackend::Wait;

BlockInfo usual_disk() {
  BlockInfo info;
  info.size = 1 << 20;
  info.block_size = 4096;
  info.discard_alignment = 4096;
  return info;
}

/// A driver of a disk with two queues.
struct Machine {
  explicit Machine(const BlockInfo& info = usual_disk()) : backend(info) {
    log::set_level(log::Level::kOff);
    start();
  }

  void start(std::uint64_t features = ~0ull) {
    disk.activate(transport, features);
    disk.start_queue(0, first.config());
    disk.start_queue(1, second.config());
  }

  /// Adds a request with a header and a status byte of its own; answers the head.
  std::uint16_t request(DriverQueue& queue, std::uint32_t type, std::uint64_t sector,
                        const std::vector<Buffer>& data) {
    const GuestAddress header = ram.allocate(sizeof(BlkHeader));
    ram.store(header, BlkHeader{type, 0, sector});
    status_at = ram.allocate(1);
    std::vector<Buffer> buffers{readable(header, sizeof(BlkHeader))};
    buffers.insert(buffers.end(), data.begin(), data.end());
    buffers.push_back(writable(status_at, 1));
    const std::uint16_t head = queue.add(buffers);
    queue.offer();
    return head;
  }
  [[nodiscard]] int status() const { return ram.load<std::uint8_t>(status_at); }
  void serve() { disk.serve(lock, Wait::kNo); }

  DriverRam ram{};
  MemoryDisk backend;
  VirtioBlk disk{ram.memory(), backend, {"test.img", "serial-0123456789-long", 2}};
  FakeTransport transport{};
  std::mutex lock{};
  DriverQueue first{ram, 16};
  DriverQueue second{ram, 16};
  GuestAddress status_at{};  ///< Of the last request.
};

constexpr int kUntouched = 0xa5;  // What DriverRam fills new memory with.

TEST_CASE("what a driver writes is what it reads back") {
  Machine guest;
  const auto out = guest.ram.allocate(1024);
  const auto in = guest.ram.allocate(1024);
  for (std::uint64_t i = 0; i < 1024; i += 4) guest.ram.store(out + i, std::uint32_t(i * 7));

  guest.request(guest.first, kBlkOut, 5, {readable(out, 1024)});
  guest.serve();
  CHECK(guest.status() == kBlkOk);
  CHECK(guest.first.take()->written == 1);
  guest.request(guest.second, kBlkIn, 5, {writable(in, 512), writable(in + 512, 512)});
  guest.serve();

  CHECK(guest.status() == kBlkOk);
  CHECK(guest.second.take()->written == 1025);
  CHECK(guest.ram.bytes(in, 1024) == guest.ram.bytes(out, 1024));
  CHECK(guest.transport.interrupts == std::vector<std::uint16_t>{0, 1});
}

TEST_CASE("a batch of requests costs one turn and one interrupt for each queue") {
  Machine guest;
  const auto in = guest.ram.allocate(512);
  for (unsigned i = 0; i < 4; ++i) {
    guest.request(guest.first, kBlkIn, i, {writable(in, 512)});
    guest.request(guest.second, kBlkIn, i, {writable(in, 512)});
  }

  guest.serve();

  CHECK(guest.first.used_index() == 4);
  CHECK(guest.second.used_index() == 4);
  CHECK(guest.transport.interrupts == std::vector<std::uint16_t>{0, 1});
}

TEST_CASE("requests may end in another order than they were made") {
  Machine guest;
  const auto in = guest.ram.allocate(512);
  const auto early = guest.request(guest.first, kBlkIn, 0, {writable(in, 512)});
  const auto late = guest.request(guest.first, kBlkIn, 1, {writable(in, 512)});
  guest.backend.hold();
  guest.serve();
  CHECK(guest.first.used_index() == 0);

  guest.backend.release_last();
  guest.serve();
  guest.backend.release();
  guest.serve();

  CHECK(guest.first.take()->head == late);
  CHECK(guest.first.take()->head == early);
  CHECK(guest.disk.idle());
}

TEST_CASE("a flush is answered only when the backend's flush has ended") {
  Machine guest;
  guest.backend.hold();
  guest.request(guest.first, kBlkFlush, 0, {});
  guest.serve();
  CHECK(guest.status() == kUntouched);

  guest.backend.release();
  guest.serve();

  CHECK(guest.status() == kBlkOk);
  CHECK(guest.backend.ended().back().op == BlockOp::kFlush);
}

TEST_CASE("without the FLUSH feature a write is answered only when it is stable") {
  Machine guest;
  guest.disk.reset();
  guest.start(kFeatureVersion1);
  guest.backend.hold();
  guest.request(guest.first, kBlkOut, 0, {readable(guest.ram.allocate(512), 512)});
  guest.serve();
  guest.backend.release_last();
  guest.serve();  // The write has ended, the flush has not.
  CHECK(guest.status() == kUntouched);
  CHECK_FALSE(guest.disk.idle());

  guest.backend.release();
  guest.serve();

  CHECK(guest.status() == kBlkOk);
  REQUIRE(guest.backend.ended().size() == 2);
  CHECK(guest.backend.ended()[1].op == BlockOp::kFlush);
}

TEST_CASE("a turn doesn't sleep while a write still waits for its flush to be started") {
  Machine guest;
  guest.disk.reset();
  guest.start(kFeatureVersion1);
  guest.request(guest.first, kBlkOut, 0, {readable(guest.ram.allocate(512), 512)});

  guest.disk.serve(guest.lock, Wait::kYes);
  CHECK(guest.backend.waits() == 0);
  guest.disk.serve(guest.lock, Wait::kYes);

  CHECK(guest.status() == kBlkOk);
}

TEST_CASE("a write whose flush fails is not said to be done") {
  Machine guest;
  guest.disk.reset();
  guest.start(kFeatureVersion1);
  guest.backend.fail(BlockOp::kFlush, EIO);
  guest.request(guest.first, kBlkOut, 0, {readable(guest.ram.allocate(512), 512)});
  guest.serve();
  guest.serve();
  CHECK(guest.status() == kBlkIoError);
}

TEST_CASE("the host's errors reach the driver as I/O errors") {
  const int error = GENERATE(EIO, ENOSPC);
  Machine guest;
  guest.backend.fail(BlockOp::kWrite, error);
  guest.backend.fail(BlockOp::kRead, error);

  guest.request(guest.first, kBlkOut, 0, {readable(guest.ram.allocate(512), 512)});
  guest.serve();
  CHECK(guest.status() == kBlkIoError);
  CHECK(guest.first.take()->written == 1);
  guest.request(guest.first, kBlkIn, 0, {writable(guest.ram.allocate(512), 512)});
  guest.serve();

  CHECK(guest.status() == kBlkIoError);
  CHECK(guest.first.take()->written == 0);
}

TEST_CASE("one failing range fails the whole discard, once all ranges have ended") {
  Machine guest;
  const auto ranges = guest.ram.allocate(2 * sizeof(BlkRange));
  guest.ram.store(ranges, BlkRange{0, 8, 0});
  guest.ram.store(ranges + sizeof(BlkRange), BlkRange{16, 8, 0});
  guest.backend.fail(BlockOp::kDiscard, EIO);
  guest.backend.hold();
  guest.request(guest.first, kBlkDiscard, 0, {readable(ranges, 2 * sizeof(BlkRange))});
  guest.serve();

  guest.backend.release_last();
  guest.serve();
  CHECK(guest.status() == kUntouched);
  guest.backend.fail(BlockOp::kDiscard, 0);
  guest.backend.release();
  guest.serve();

  CHECK(guest.status() == kBlkIoError);
  CHECK(guest.first.used_index() == 1);
}

TEST_CASE("zeroes are written where the driver says") {
  Machine guest;
  std::fill(guest.backend.contents().begin(), guest.backend.contents().end(), std::byte{1});
  const auto range = guest.ram.allocate(sizeof(BlkRange));
  guest.ram.store(range, BlkRange{2, 1, kBlkRangeUnmap});

  guest.request(guest.first, kBlkWriteZeroes, 0, {readable(range, sizeof(BlkRange))});
  guest.serve();

  CHECK(guest.status() == kBlkOk);
  CHECK(guest.backend.ended().back().unmap);
  CHECK(guest.backend.contents()[1023] == std::byte{1});
  CHECK(guest.backend.contents()[1024] == std::byte{0});
  CHECK(guest.backend.contents()[1536] == std::byte{1});
}

TEST_CASE("get-id gives the first 20 bytes of the serial number") {
  Machine guest;
  const auto id = guest.ram.allocate(kBlkIdSize);
  guest.request(guest.first, kBlkGetId, 0, {writable(id, kBlkIdSize)});
  guest.serve();

  CHECK(guest.status() == kBlkOk);
  CHECK(guest.first.take()->written == 21);
  const auto bytes = guest.ram.bytes(id, kBlkIdSize);
  CHECK(std::memcmp(bytes.data(), "serial-0123456789-lo", kBlkIdSize) == 0);
}

TEST_CASE("a read-only disk says so and refuses writes") {
  BlockInfo info = usual_disk();
  info.read_only = true;
  Machine guest(info);
  CHECK((guest.disk.traits().features & kBlkFeatureReadOnly) != 0);
  CHECK((guest.disk.traits().features & (kBlkFeatureDiscard | kBlkFeatureWriteZeroes)) == 0);

  guest.request(guest.first, kBlkOut, 0, {readable(guest.ram.allocate(512), 512)});
  guest.serve();

  CHECK(guest.status() == kBlkIoError);
  CHECK(guest.backend.ended().empty());
}

TEST_CASE("the configuration space tells size, queues and limits") {
  Machine guest;
  BlkConfig config;
  REQUIRE(guest.disk.config().size() == kBlkConfigSize);
  const auto bytes = guest.disk.config();
  std::copy(bytes.begin(), bytes.end(), std::as_writable_bytes(std::span(&config, 1)).begin());

  CHECK(config.capacity == (1 << 20) / 512);
  CHECK(config.blk_size == 512);
  CHECK(config.physical_block_exp == 3);
  CHECK(config.min_io_size == 8);
  CHECK(config.num_queues == 2);
  CHECK(config.seg_max + 2 == guest.disk.traits().queue_sizes.at(0));
  CHECK(config.discard_sector_alignment == 8);
  CHECK(config.max_discard_seg >= 1);
  CHECK(config.max_write_zeroes_sectors >= 1);
  CHECK(config.write_zeroes_may_unmap == 1);
}

TEST_CASE("a disk that can't discard doesn't offer it") {
  BlockInfo info = usual_disk();
  info.discard_alignment = 0;
  Machine guest(info);
  CHECK((guest.disk.traits().features & kBlkFeatureDiscard) == 0);
  CHECK((guest.disk.traits().features & kBlkFeatureWriteZeroes) != 0);
}

TEST_CASE("a broken queue asks for a reset, and the other queue goes on") {
  Machine guest;
  guest.first.set_available_index(1000);
  guest.request(guest.second, kBlkFlush, 0, {});
  guest.serve();
  CHECK_FALSE(guest.transport.reason.empty());
  CHECK(guest.status() == kBlkOk);
}

TEST_CASE("a queue whose rings make no sense asks for a reset") {
  Machine guest;
  guest.disk.reset();
  guest.disk.activate(guest.transport, 0);
  guest.first.config().used.value += 1;
  guest.disk.start_queue(0, guest.first.config());
  CHECK_FALSE(guest.transport.reason.empty());
  guest.serve();
}

TEST_CASE("a request without room for a status asks for a reset") {
  Machine guest;
  guest.first.add({readable(guest.ram.allocate(16), 16)});
  guest.first.offer();
  guest.serve();
  CHECK_FALSE(guest.transport.reason.empty());
}

TEST_CASE("after a reset, requests in flight are neither answered nor forgotten") {
  Machine guest;
  const auto in = guest.ram.allocate(512);
  guest.backend.hold();
  guest.request(guest.first, kBlkIn, 0, {writable(in, 512)});
  guest.serve();

  guest.disk.reset();
  CHECK_FALSE(guest.disk.idle());
  guest.serve();
  CHECK_FALSE(guest.disk.idle());
  guest.backend.release();
  guest.serve();

  CHECK(guest.disk.idle());
  CHECK(guest.status() == kUntouched);
  CHECK(guest.first.used_index() == 0);
  CHECK(guest.transport.interrupts.empty());
}

TEST_CASE("a write that is reset before it is stable ends without an answer") {
  Machine guest;
  guest.disk.reset();
  guest.start(kFeatureVersion1);
  guest.backend.hold();
  guest.request(guest.first, kBlkOut, 0, {readable(guest.ram.allocate(512), 512)});
  guest.serve();
  guest.disk.reset();
  guest.backend.release();
  guest.serve();
  guest.serve();
  CHECK(guest.disk.idle());
  CHECK(guest.status() == kUntouched);
}

TEST_CASE("draining answers what was taken and takes nothing more") {
  Machine guest;
  guest.backend.hold();
  guest.request(guest.first, kBlkFlush, 0, {});
  guest.serve();
  guest.request(guest.first, kBlkFlush, 0, {});
  guest.backend.release();

  guest.disk.drain(guest.lock);

  CHECK(guest.disk.idle());
  CHECK(guest.first.used_index() == 1);
  CHECK(guest.status() == kUntouched);
}

TEST_CASE("a turn that may block doesn't when a request came in while it worked") {
  Machine guest;
  guest.request(guest.first, kBlkGetId, 0, {});  // Answered at once, so the turn could block.
  guest.transport.on_interrupt = [&] { guest.request(guest.second, kBlkGetId, 0, {}); };

  guest.disk.serve(guest.lock, Wait::kYes);

  CHECK(guest.backend.waits() == 0);
  guest.transport.on_interrupt = {};
  guest.disk.serve(guest.lock, Wait::kYes);
  CHECK(guest.status() == kBlkOk);
  CHECK(guest.backend.waits() == 1);
}

TEST_CASE("an I/O thread that sleeps is woken by a doorbell and by the machine") {
  Machine guest;
  const EventFd doorbell;
  const EventFd wake;
  guest.backend.watch(doorbell.fd());
  guest.backend.watch(wake.fd());
  std::atomic<bool> stop = false;
  std::thread io([&] {
    while (!stop) guest.disk.serve(guest.lock, Wait::kYes);
    guest.disk.drain(guest.lock);
  });
  const auto in = guest.ram.allocate(512);

  unsigned answered = 0;
  for (unsigned i = 0; i < 500; ++i) {
    guest.request(guest.first, kBlkIn, i, {writable(in, 512)});
    doorbell.signal();
    while (!guest.first.take()) std::this_thread::yield();
    if (guest.status() == kBlkOk) ++answered;
  }
  stop = true;
  wake.signal();
  io.join();

  CHECK(answered == 500);
  CHECK(guest.disk.idle());
}

}  // namespace
}  // namespace minivmm::virtio
