#include "lib/paging.h"

#include "lib/exit.h"
#include "lib/selectors.h"

extern "C" std::uint64_t boot_pml4[512];

namespace guest {
namespace {

constexpr std::uint64_t kLargePage = 2u << 20;
constexpr std::uint64_t kTableFlags = PAGE_PRESENT | PAGE_WRITABLE | PAGE_USER;
constexpr std::uint64_t kAddressMask = 0x000f'ffff'ffff'f000;
constexpr unsigned kSpareTables = 8;

alignas(4096) std::uint64_t spare_tables[kSpareTables][512];
unsigned spare_tables_used = 0;

std::uint64_t* next_level(std::uint64_t& entry) {
  if ((entry & PAGE_PRESENT) == 0) {
    check(spare_tables_used < kSpareTables, "there is a page left for another page table");
    entry = reinterpret_cast<std::uint64_t>(spare_tables[spare_tables_used++]) | kTableFlags;
  }
  return reinterpret_cast<std::uint64_t*>(entry & kAddressMask);
}

void map_page(std::uint64_t address, Caching caching) {
  std::uint64_t* pdpt = next_level(boot_pml4[address >> 39 & 511]);
  std::uint64_t* directory = next_level(pdpt[address >> 30 & 511]);
  std::uint64_t& entry = directory[address >> 21 & 511];
  if ((entry & PAGE_PRESENT) != 0) return;
  entry = address | kTableFlags | PAGE_LARGE | (caching == Caching::kOff ? PAGE_CACHE_DISABLE : 0);
}

}  // namespace

void map_physical(std::uint64_t address, std::uint64_t size, Caching caching) {
  constexpr std::uint64_t kBootMapped = std::uint64_t{BOOT_MAPPED_MIB} << 20;
  if (size <= kBootMapped && address <= kBootMapped - size) return;
  const std::uint64_t first = address & ~(kLargePage - 1);
  const std::uint64_t last = (address + size - 1) & ~(kLargePage - 1);
  for (std::uint64_t page = first; page <= last; page += kLargePage) map_page(page, caching);
}

}  // namespace guest
