// Does what no driver should: nonsense in ports, in PCI's configuration space, in virtio's
// registers and rings, and in fw_cfg's DMA. It spares what would end it: the ways to reset and
// power-off, and its own memory. A disk that it is given loses its content.
//
// Options: seed=N, ports=N, config=N, virtio=N: how many accesses of each kind.

#include "crash/hostile.h"

#include "lib/boot_info.h"
#include "lib/exit.h"
#include "lib/interrupts.h"
#include "lib/print.h"
#include "lib/serial.h"

extern "C" void guest_main() {
  using namespace guest;
  serial_init();
  interrupts_init();
  Random random(option("seed", 20'240));
  print("virtio registers and rings\n");
  poke_virtio(random, option("virtio", 400));
  print("fw_cfg by DMA\n");
  poke_fw_cfg(random, option("dma", 50));
  print("PCI configuration space\n");
  poke_config_space(random, option("config", 2'000));
  print("ports\n");
  poke_ports(random, option("ports", 4'000));
  serial_init();
  print("still here\n");
  succeed();
}
