#pragma once
// The interrupts of the block device, by both ways; each only counts.

#include <cstdint>

#include "lib/virtio_pci.h"

/// How many have come so far.
unsigned block_interrupts();
/// One vector for the configuration is left out; queue N has entry N, as far as there are entries.
void block_msix_init(guest::VirtioDevice& device, std::uint16_t queues);
std::uint16_t block_msix_entry(const guest::VirtioDevice& device, std::uint16_t queue);
/// `device` has to live as long as the guest.
void block_intx_init(guest::VirtioDevice& device);
