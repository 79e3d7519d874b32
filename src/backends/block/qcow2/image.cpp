#include "backends/block/qcow2/image.h"

#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "backends/block/qcow2/file_bytes.h"
#include "backends/block/qcow2/survey.h"
#include "host/log.h"
#include "host/system_error.h"
#include "minivmm/error.h"

namespace minivmm::qcow2 {
namespace {

// The file grows by so much at once: growing costs a system call.
constexpr std::uint64_t kGrowth = 16u << 20;

std::vector<std::uint64_t> read_table(int fd, std::uint64_t offset, std::uint64_t entries,
                                      const std::string& name) {
  std::vector<std::byte> bytes(entries * 8);
  read_bytes(fd, offset, bytes, name);
  std::vector<std::uint64_t> table(entries);
  for (std::uint64_t i = 0; i < entries; ++i)
    table[i] = load_be<std::uint64_t>(bytes.data() + i * 8);
  return table;
}

}  // namespace

Image::Image(const ImageFile& file)
    : file_(file),
      name_(fmt::format("disk '{}'", file.path())),
      header_(read_header(file.cached_fd(), file.info().size, name_, file.path())),
      l1_(read_table(file.cached_fd(), header_.l1_offset, header_.l1_entries, name_)),
      l1_dirty_(geometry().round_up(l1_.size() * 8) / geometry().span_size()),
      tables_(geometry(), l1_.size()),
      length_(file.info().size) {
  if (!file.info().read_only) make_writable();
  if (!writable() && (header_.incompatible & kCorrupt) != 0)
    log::warning("{}: it is marked as damaged: what is read may be wrong", name_);
}

void Image::refuse_writing_to_what_is_not_understood() const {
  const auto refuse = [this](std::string_view what, std::string_view remedy) {
    throw ConfigError(fmt::format("{}: it {} (give ,readonly, or {})", name_, what, remedy));
  };
  if ((header_.incompatible & kCorrupt) != 0)
    refuse("is marked as damaged",
           fmt::format("repair a copy of it: qemu-img check -r all '{}'", file_.path()));
  if (header_.snapshots != 0)
    refuse("has internal snapshots, which minivmm can't keep while it is written to",
           fmt::format("make an image without: qemu-img convert -O qcow2 '{}' plain.qcow2",
                       file_.path()));
  if ((header_.autoclear & kBitmaps) != 0)
    refuse("has bitmaps for backups, which minivmm can't keep up to date",
           fmt::format("remove them: qemu-img bitmap --remove '{}' NAME", file_.path()));
}

void Image::make_writable() {
  refuse_writing_to_what_is_not_understood();
  const std::uint64_t entries = header_.refcount_table_clusters * geometry().cluster_size() / 8;
  refcounts_.emplace(geometry(), header_.refcount_table_offset,
                     read_table(file_.cached_fd(), header_.refcount_table_offset, entries, name_));
  const Refcounts::Difference found =
      survey({.fd = file_.cached_fd(), .size = length_, .name = name_, .path = file_.path()},
             header_, l1_, *refcounts_);
  const bool expected = (header_.incompatible & kDirty) != 0;
  if (found.too_low != 0 && !expected)
    log::warning(
        "{}: its refcounts were wrong, and said that clusters in use are free; they are "
        "corrected",
        name_);
  if (found.too_low + found.too_high != 0)
    log::info("{}: refcounts corrected: {} too low, {} too high", name_, found.too_low,
              found.too_high);
  find_virgin_clusters();
  write_back_now();
  clear_marks();
}

// Behind the last cluster in use nothing has ever been written, if the file has a hole there.
void Image::find_virgin_clusters() {
  const std::uint64_t end = refcounts_->end() << geometry().cluster_bits;
  if (file_.is_block_device()) {
    refcounts_->set_virgin_from(~std::uint64_t{0});
  } else if (end >= length_ || ::lseek(file_.cached_fd(), static_cast<off_t>(end), SEEK_DATA) < 0) {
    refcounts_->set_virgin_from(refcounts_->end());
  } else {
    refcounts_->set_virgin_from(geometry().clusters_for(length_));
  }
}

// The dirty mark, now that the refcounts are right; and marks that mean nothing any more as soon
// as somebody writes who doesn't know them.
void Image::clear_marks() {
  if (header_.version < 3) return;
  const int fd = file_.cached_fd();
  std::array<std::byte, 8> none{};
  if ((header_.incompatible & kDirty) != 0) {
    write_bytes(fd, kHeaderIncompatible, none, name_);
    header_.incompatible = 0;
    make_stable(fd, name_);
  }
  if (header_.autoclear == 0) return;
  write_bytes(fd, kHeaderAutoclear, none, name_);
  header_.autoclear = 0;
  make_stable(fd, name_);
}

void Image::set_table_offset(std::uint64_t index, std::uint64_t offset) {
  l1_[index] = offset == 0 ? 0 : offset | kCopied;
  l1_dirty_.mark(index * 8 / geometry().span_size());
}

void Image::set_size(std::uint64_t size) {
  std::array<std::byte, 8> field{};
  store_be(field.data(), size);
  write_bytes(file_.cached_fd(), kHeaderSize, field, name_);
  make_stable(file_.cached_fd(), name_);
  header_.size = size;
}

// The new table is there, and counted, before the header names it; the old one is freed after that.
void Image::extend_l1(std::uint64_t entries) {
  const std::uint64_t old_first = geometry().cluster_of(header_.l1_offset);
  const std::uint64_t old_clusters = geometry().clusters_for(l1_.size() * 8);
  const std::uint64_t clusters = geometry().clusters_for(entries * 8);
  const auto first = refcounts_->take_behind(clusters);
  if (!first) throw HostError(fmt::format("{}: it can't become larger", name_));
  if (const int error = lengthen(refcounts_->end() << geometry().cluster_bits); error != 0)
    throw system_error(fmt::format("{}: the host has no room for it", name_), "", error);
  write_back_now();
  l1_.resize(entries);
  l1_dirty_ = DirtySpans(clusters * geometry().cluster_size() / geometry().span_size());
  tables_.resize(entries);
  std::vector<std::byte> bytes(clusters * geometry().cluster_size());
  for (std::uint64_t i = 0; i < entries; ++i) store_be(bytes.data() + i * 8, l1_[i]);
  header_.l1_offset = *first << geometry().cluster_bits;
  header_.l1_entries = static_cast<std::uint32_t>(entries);
  write_bytes(file_.cached_fd(), header_.l1_offset, bytes, name_);
  make_stable(file_.cached_fd(), name_);
  std::array<std::byte, 12> fields{};  // Both by one write within a sector.
  store_be(fields.data(), header_.l1_entries);
  store_be(fields.data() + 4, header_.l1_offset);
  write_bytes(file_.cached_fd(), kHeaderL1Size, fields, name_);
  make_stable(file_.cached_fd(), name_);
  for (std::uint64_t i = 0; i < old_clusters; ++i) refcounts_->drop(old_first + i);
  write_back_now();
}

int Image::lengthen(std::uint64_t end) {
  if (end <= length_) return 0;
  if (file_.is_block_device()) return ENOSPC;
  const std::uint64_t generous = (end + kGrowth - 1) / kGrowth * kGrowth;
  for (const std::uint64_t length : {generous, end}) {
    if (::ftruncate(file_.cached_fd(), static_cast<off_t>(length)) == 0) {
      length_ = length;
      return 0;
    }
  }
  return errno;
}

Image::Taken Image::take_cluster() {
  const auto cluster = refcounts_->take_free();
  if (!cluster) return {.error = EFBIG};
  // Blocks of refcounts may have been placed behind it.
  const int error = lengthen(refcounts_->end() << geometry().cluster_bits);
  if (error == 0) return {.offset = *cluster << geometry().cluster_bits};
  refcounts_->drop(*cluster);
  return {.error = error};
}

void Image::let_go(std::uint64_t entry) {
  const Mapping mapping = mapping_of(entry, header_.version);
  if (mapping.kind == Mapping::Kind::kCompressed) {
    const CompressedRun run = compressed_run(entry, geometry().cluster_bits);
    const std::uint64_t last = geometry().cluster_of(run.offset + run.length - 1);
    for (std::uint64_t c = geometry().cluster_of(run.offset); c <= last; ++c) let_go_.push_back(c);
  } else if (mapping.offset != 0) {
    let_go_.push_back(geometry().cluster_of(mapping.offset));
  }
}

bool Image::dirty() const {
  return tables_.dirty() || l1_dirty_.any() || !let_go_.empty() ||
         (refcounts_ && refcounts_->dirty());
}

Image::WriteBack Image::collect() {
  WriteBack result;
  if (!writable()) return result;
  result.freed = std::exchange(let_go_, {});
  for (const std::uint64_t cluster : refcounts_->take_abandoned()) result.freed.push_back(cluster);
  refcounts_->collect(result.plan);
  tables_.collect(result.plan);
  collect_l1(result.plan);
  return result;
}

void Image::collect_l1(Plan& plan) {
  const std::uint64_t per_span = geometry().span_size() / 8;
  l1_dirty_.for_each_run([&](std::uint64_t first, std::uint64_t count) {
    const std::uint64_t begin = first * per_span;
    const std::uint64_t end = std::min<std::uint64_t>(l1_.size(), begin + count * per_span);
    std::vector<std::byte> bytes((end - begin) * 8);
    for (std::uint64_t i = begin; i < end; ++i) store_be(bytes.data() + (i - begin) * 8, l1_[i]);
    plan.add(Plan::kReferences, {.part = MetadataWrite::Part::kL1,
                                 .first_span = first,
                                 .offset = header_.l1_offset + begin * 8,
                                 .bytes = std::move(bytes)});
  });
  l1_dirty_.clear();
}

void Image::release(const Plan& plan) {
  for (const auto& stage : plan.stages)
    for (const MetadataWrite& write : stage)
      if (write.part == MetadataWrite::Part::kL2Table) tables_.release(write);
}

void Image::restore(WriteBack write_back) {
  for (const auto& stage : write_back.plan.stages) {
    for (const MetadataWrite& write : stage) {
      if (write.part == MetadataWrite::Part::kL2Table)
        tables_.restore(write);
      else if (write.part == MetadataWrite::Part::kL1)
        l1_dirty_.mark(write.first_span,
                       (write.bytes.size() + geometry().span_size() - 1) / geometry().span_size());
      else
        refcounts_->restore(write);
    }
  }
  let_go_.insert(let_go_.end(), write_back.freed.begin(), write_back.freed.end());
}

void Image::write_back_now() {
  while (dirty()) {
    const WriteBack work = collect();
    for (const auto& stage : work.plan.stages) {
      for (const MetadataWrite& write : stage)
        write_bytes(file_.cached_fd(), write.offset, write.bytes, name_);
      if (!stage.empty()) make_stable(file_.cached_fd(), name_);
    }
    release(work.plan);
    for (const std::uint64_t cluster : work.freed) refcounts_->drop(cluster);
  }
}

}  // namespace minivmm::qcow2
