#pragma once

#include <cstdint>

/// What a PCI function is: by its vendor and device (device in the upper half), else by its class.
const char* pci_name(std::uint32_t id, std::uint16_t class_code);
