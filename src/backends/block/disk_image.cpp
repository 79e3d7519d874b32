#include "backends/block/disk_image.h"

#include <fmt/core.h>
#include <sys/stat.h>

#include <utility>

#include "backends/block/qcow2/disk.h"
#include "backends/block/raw_file.h"
#include "minivmm/error.h"

namespace minivmm {
namespace {

// Beside itself, where the name is not a path from the root.
std::string beside(const std::string& image, const std::string& name) {
  if (name.starts_with('/')) return name;
  return image.substr(0, image.rfind('/') + 1) + name;
}

}  // namespace

DiskImage::DiskImage(const DiskConfig& config) {
  open(config);
  while (layers_.back().image && !layers_.back().image->header().backing_file.empty()) {
    const DiskConfig backing = backing_of(layers_.back(), config.backing);
    refuse_loop(backing);
    open(backing);
  }
  info_ = file().info();
  info_.size = layers_.front().size();
  if (const qcow2::Image* image = qcow2(); image != nullptr) {
    const bool discards =
        image->writable() && (image->header().version >= 3 || layers_.size() == 1);
    info_.discard_alignment =
        discards ? static_cast<std::uint32_t>(image->geometry().cluster_size()) : 0;
  }
}

DiskImage::~DiskImage() = default;

void DiskImage::open(const DiskConfig& config) {
  Layer layer;
  layer.file = std::make_unique<ImageFile>(config);
  if (layer.file->format() == DiskFormat::kQcow2)
    layer.image = std::make_unique<qcow2::Image>(*layer.file);
  layers_.push_back(std::move(layer));
}

// An image may come from anywhere, and name any file of its user's: only who says so lets it.
DiskConfig DiskImage::backing_of(const Layer& layer, bool allowed) const {
  const qcow2::Header& header = layer.image->header();
  const std::string& path = layer.file->path();
  if (!allowed)
    throw ConfigError(fmt::format(
        "disk '{0}': it is backed by '{1}', which is read only where that is asked for (give "
        "'{0},backing=on', or make one file of both: qemu-img convert -O qcow2 '{0}' whole.qcow2)",
        path, header.backing_file));
  DiskConfig backing{.path = beside(path, header.backing_file), .read_only = true};
  if (header.backing_format == "raw") {
    backing.format = DiskFormat::kRaw;
  } else if (header.backing_format == "qcow2") {
    backing.format = DiskFormat::kQcow2;
  } else if (!header.backing_format.empty()) {
    throw ConfigError(fmt::format(
        "disk '{}': it is backed by '{}', of the format '{}', and raw and qcow2 are known (convert "
        "that one: qemu-img convert)",
        path, header.backing_file, header.backing_format));
  } else if (format_of(backing) == DiskFormat::kQcow2) {
    throw ConfigError(fmt::format(
        "disk '{0}': it is backed by '{1}', and doesn't say in which format that is (write it "
        "there: qemu-img rebase -u -F qcow2 -b '{1}' '{0}')",
        path, header.backing_file));
  }
  return backing;
}

void DiskImage::refuse_loop(const DiskConfig& backing) const {
  struct stat named {};
  if (::stat(backing.path.c_str(), &named) != 0) return;  // Opening it will say why.
  for (const Layer& layer : layers_) {
    struct stat held {};
    if (::fstat(layer.file->cached_fd(), &held) != 0) continue;
    if (held.st_dev == named.st_dev && held.st_ino == named.st_ino)
      throw ConfigError(
          fmt::format("disk '{}': its backing files are a loop: '{}' is backed by '{}' again (name "
                      "another one: "
                      "qemu-img rebase -u)",
                      path(), layers_.back().file->path(), backing.path));
  }
}

std::unique_ptr<BlockBackend> DiskImage::make_backend() const {
  if (qcow2() == nullptr) return std::make_unique<RawFile>(file());
  std::vector<qcow2::Layer> layers;
  for (const Layer& layer : layers_)
    layers.push_back({.file = layer.file.get(), .image = layer.image.get(), .size = layer.size()});
  return std::make_unique<qcow2::Disk>(std::move(layers), info_);
}

}  // namespace minivmm
