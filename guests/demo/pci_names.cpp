#include "demo/pci_names.h"

namespace {

struct Name {
  std::uint32_t id;
  const char* text;
};

// The PCI ID repository (pci-ids.ucw.cz), and virtio 1.2, 5.
constexpr Name kDevices[] = {
    {0x29c0'8086, "Host bridge (Intel Q35)"},
    {0x2918'8086, "ISA bridge (Intel ICH9)"},
    {0x2922'8086, "SATA (Intel ICH9)"},
    {0x2930'8086, "SMBus (Intel ICH9)"},
    {0x10d3'8086, "Ethernet (Intel 82574L)"},
    {0x1111'1234, "Display (Bochs VBE)"},
    {0x1041'1af4, "Network (virtio)"},
    {0x1042'1af4, "Disk (virtio)"},
    {0x1043'1af4, "Console (virtio)"},
    {0x1044'1af4, "Random numbers (virtio)"},
    {0x1045'1af4, "Memory balloon (virtio)"},
    {0x1048'1af4, "SCSI (virtio)"},
    {0x1049'1af4, "Shared folder (virtio 9p)"},
    {0x1050'1af4, "Display (virtio)"},
    {0x1052'1af4, "Input (virtio)"},
    {0x1053'1af4, "Socket (virtio)"},
    {0x105a'1af4, "Shared folder (virtio fs)"},
};

// The base class, PCI Code and ID Assignment 1.11.
constexpr Name kClasses[] = {
    {0x01, "Storage"}, {0x02, "Network"}, {0x03, "Display"}, {0x04, "Multimedia"},
    {0x06, "Bridge"},  {0x07, "Serial"},  {0x09, "Input"},   {0x0c, "Serial bus"},
};

const char* find(const Name* names, std::uint64_t size, std::uint32_t id) {
  for (std::uint64_t i = 0; i < size; ++i) {
    if (names[i].id == id) return names[i].text;
  }
  return nullptr;
}

}  // namespace

const char* pci_name(std::uint32_t id, std::uint16_t class_code) {
  const char* name = find(kDevices, sizeof(kDevices) / sizeof(Name), id);
  if (name == nullptr) name = find(kClasses, sizeof(kClasses) / sizeof(Name), class_code >> 8);
  return name != nullptr ? name : "Something else";
}
