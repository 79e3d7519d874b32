// The adapter's registers in words: the manual's names, with the index that selects them.

#include <fmt/core.h>

#include <array>
#include <string>
#include <string_view>

#include "devices/vga/vga_pci.h"

namespace minivmm::vga {

namespace {

constexpr std::array<std::string_view, 5> kSequencer{"Reset", "Clocking Mode", "Map Mask",
                                                     "Character Map Select", "Memory Mode"};
constexpr std::array<std::string_view, 9> kGraphics{
    "Set/Reset", "Enable Set/Reset", "Color Compare",    "Data Rotate", "Read Map Select",
    "Mode",      "Miscellaneous",    "Color Don't Care", "Bit Mask"};
constexpr std::array<std::string_view, 25> kCrtc{"Horizontal Total",
                                                 "Horizontal Display Enable End",
                                                 "Start Horizontal Blanking",
                                                 "End Horizontal Blanking",
                                                 "Start Horizontal Retrace",
                                                 "End Horizontal Retrace",
                                                 "Vertical Total",
                                                 "Overflow",
                                                 "Preset Row Scan",
                                                 "Maximum Scan Line",
                                                 "Cursor Start",
                                                 "Cursor End",
                                                 "Start Address High",
                                                 "Start Address Low",
                                                 "Cursor Location High",
                                                 "Cursor Location Low",
                                                 "Vertical Retrace Start",
                                                 "Vertical Retrace End",
                                                 "Vertical Display Enable End",
                                                 "Offset",
                                                 "Underline Location",
                                                 "Start Vertical Blanking",
                                                 "End Vertical Blanking",
                                                 "Mode Control",
                                                 "Line Compare"};
constexpr std::array<std::string_view, Dispi::kIndices> kDispi{
    "ID",         "XRES",        "YRES",     "BPP",      "ENABLE",          "BANK",
    "VIRT_WIDTH", "VIRT_HEIGHT", "X_OFFSET", "Y_OFFSET", "VIDEO_MEMORY_64K"};

template <std::size_t kSize>
std::string indexed(std::string_view group, const std::array<std::string_view, kSize>& names,
                    unsigned index) {
  return fmt::format("{}{} {}", group, index, index < kSize ? names[index] : "");
}

template <std::size_t kSize>
void append(std::vector<RegisterValue>& all, std::string_view group,
            const std::array<std::string_view, kSize>& names,
            const std::array<std::uint8_t, kSize>& values) {
  for (unsigned index = 0; index < kSize; ++index)
    all.push_back({.name = indexed(group, names, index), .value = values[index]});
}

}  // namespace

// Offsets are port numbers.
std::string VgaPci::VgaPorts::register_at(std::uint64_t offset, Access access) const {
  const Registers& registers = vga_.registers_;
  const bool read = access == Access::kRead;
  switch (offset) {
    case 0x3b4:
    case 0x3d4:
      return "CRTC index";
    case 0x3b5:
    case 0x3d5:
      return indexed("CR", kCrtc, registers.crtc_index);
    case 0x3ba:
    case 0x3da:
      return read ? "Input Status 1" : "Feature Control";
    case 0x3c0:
      return registers.attribute_data_next && !read
                 ? fmt::format("AR{}", registers.attribute_index & 0x1f)
                 : "Attribute index";
    case 0x3c1:
      return fmt::format("AR{}", registers.attribute_index & 0x1f);
    case 0x3c2:
      return read ? "Input Status 0" : "Miscellaneous Output";
    case 0x3c3:
      return "Video Subsystem Enable";
    case 0x3c4:
      return "Sequencer index";
    case 0x3c5:
      return indexed("SR", kSequencer, registers.sequencer_index);
    case 0x3c6:
      return "PEL Mask";
    case 0x3c7:
      return read ? "DAC State" : "PEL Address Read";
    case 0x3c8:
      return "PEL Address Write";
    case 0x3c9:
      return "PEL Data";
    case 0x3ca:
      return "Feature Control";
    case 0x3cc:
      return "Miscellaneous Output";
    case 0x3ce:
      return "Graphics index";
    case 0x3cf:
      return indexed("GR", kGraphics, registers.graphics_index);
    default:
      return {};
  }
}

std::vector<RegisterValue> VgaPci::VgaPorts::registers() const {
  const vga::Registers& values = vga_.registers_;
  std::vector<RegisterValue> all{{.name = "Miscellaneous Output", .value = values.miscellaneous}};
  append(all, "SR", kSequencer, values.sequencer);
  append(all, "GR", kGraphics, values.graphics);
  append(all, "CR", kCrtc, values.crtc);
  for (unsigned index = 0; index < values.attribute.size(); ++index)
    all.push_back({.name = fmt::format("AR{}", index), .value = values.attribute[index]});
  return all;
}

std::string VgaPci::DispiPorts::register_at(std::uint64_t offset, Access /*access*/) const {
  if (offset == 0) return "VBE index";
  return index_ < kDispi.size() ? fmt::format("VBE {}", kDispi[index_]) : "";
}

std::vector<RegisterValue> VgaPci::DispiPorts::registers() const {
  std::vector<RegisterValue> all;
  for (unsigned index = 0; index < kDispi.size(); ++index)
    all.push_back({.name = fmt::format("VBE {}", kDispi[index]),
                   .value = vga_.dispi_.read(index),
                   .width = 2});
  return all;
}

// QEMU, docs/specs/standard-vga: EDID, the ports from 0x3c0, dispi's registers, extensions.
std::string VgaPci::RegisterBar::register_at(std::uint64_t offset, Access access) const {
  if (offset < 0x400) return fmt::format("EDID+{:#x}", offset);
  if (offset < 0x420) return vga_.port_device_.register_at(offset - 0x400 + 0x3c0, access);
  if (offset < 0x500) return {};
  const std::uint64_t index = (offset - 0x500) / 2;
  if (index < kDispi.size()) return fmt::format("VBE {}", kDispi[index]);
  return offset >= 0x600 && offset < 0x608 ? "extended" : "";
}

void VgaPci::list(const std::function<void(const IoDevice&)>& tell) const {
  tell(port_device_);
  tell(dispi_ports_);
  tell(register_bar_);
  tell(framebuffer_bar_);
  tell(rom_bar_);
  tell(legacy_);
}

}  // namespace minivmm::vga
