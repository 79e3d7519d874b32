#include "machine/device_directory.h"

#include <algorithm>
#include <iterator>
#include <mutex>

namespace minivmm {

void DeviceDirectory::add(const std::string& name, const IoDevice& device) {
  entries_.push_back({name, &device});
}

void DeviceDirectory::add(const std::string& name, const pci::PciFunction& function) {
  for (const IoDevice* handler : function.handlers()) add(name, *handler);
}

std::vector<std::string> DeviceDirectory::names() const {
  std::vector<std::string> names;
  for (const Entry& entry : entries_) {
    if (std::ranges::find(names, entry.name) == names.end()) names.push_back(entry.name);
  }
  return names;
}

const std::string* DeviceDirectory::name_of(const IoDevice* device) const {
  const auto found = std::ranges::find(entries_, device, &Entry::device);
  return found == entries_.end() ? nullptr : &found->name;
}

void DeviceDirectory::append_ranges(std::vector<DeviceRange>& ranges, AddressSpace space,
                                    const Bus& bus) const {
  for (const Bus::Owner& owner : bus.owners()) {
    const std::string* name = name_of(owner.device);
    if (name != nullptr) ranges.push_back({.device = *name, .space = space, .range = owner.range});
  }
}

std::vector<DeviceRange> DeviceDirectory::ranges() const {
  std::vector<DeviceRange> ranges;
  append_ranges(ranges, AddressSpace::kPorts, ports_);
  append_ranges(ranges, AddressSpace::kMemory, mmio_);
  return ranges;
}

DevicePlace DeviceDirectory::place(AddressSpace space, std::uint64_t address, Access access) const {
  const auto owner = (space == AddressSpace::kPorts ? ports_ : mmio_).owner(address);
  if (!owner) return {};
  const std::string* name = name_of(owner->device);
  if (name == nullptr) return {};
  const std::lock_guard guard(owner->device->lock());
  return {.device = *name, .register_name = owner->device->register_at(owner->offset, access)};
}

std::optional<std::vector<RegisterValue>> DeviceDirectory::registers(
    const std::string& name) const {
  bool known = false;
  std::vector<RegisterValue> all;
  for (const Entry& entry : entries_) {
    if (entry.name != name) continue;
    known = true;
    const std::lock_guard guard(entry.device->lock());
    std::ranges::move(entry.device->registers(), std::back_inserter(all));
  }
  if (!known) return std::nullopt;
  return all;
}

std::vector<QueueView> DeviceDirectory::queues(const std::string& name) const {
  std::vector<QueueView> all;
  for (const Entry& entry : entries_) {
    if (entry.name != name) continue;
    const std::lock_guard guard(entry.device->lock());
    std::ranges::move(entry.device->queues(), std::back_inserter(all));
  }
  return all;
}

}  // namespace minivmm
