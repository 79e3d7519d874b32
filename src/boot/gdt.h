#pragma once
// The descriptor tables that loaders hand over (Intel SDM vol. 3, 3.4.5).

#include <array>
#include <cstdint>

#include "boot/boot_memory.h"
#include "minivmm/cpu_entry.h"

namespace minivmm::boot {

// Base 0, limit 4 GiB, present, ring 0, accessed.
inline constexpr std::uint64_t kFlatCode32 = 0x00cf'9b00'0000'ffff;
inline constexpr std::uint64_t kFlatCode64 = 0x00af'9b00'0000'ffff;
inline constexpr std::uint64_t kFlatData = 0x00cf'9300'0000'ffff;

/// Writes a GDT that has the code descriptor at code_selector and the data descriptor after it.
template <std::size_t kEntries>
void put_gdt(BootMemory& memory, const std::array<std::uint64_t, kEntries>& gdt, CpuEntry& entry,
             std::uint16_t code_selector) {
  entry.gdt = memory.put_low(std::as_bytes(std::span(gdt)), sizeof(std::uint64_t), "GDT");
  entry.gdt_limit = static_cast<std::uint16_t>(sizeof(gdt) - 1);
  entry.code_selector = code_selector;
  entry.data_selector = static_cast<std::uint16_t>(code_selector + sizeof(std::uint64_t));
}

/// The 32-bit GDT of PVH and multiboot: code 0x08, data 0x10.
inline void put_flat32_gdt(BootMemory& memory, CpuEntry& entry) {
  put_gdt(memory, std::array<std::uint64_t, 3>{0, kFlatCode32, kFlatData}, entry, 0x08);
}

}  // namespace minivmm::boot
