#include "demo/commands.h"

#include "demo/reports.h"
#include "lib/exit.h"
#include "lib/print.h"
#include "lib/text.h"

using guest::print;

namespace {

struct Command {
  const char* name;
  const char* what;
  void (*run)(const char* rest);
};

void help(const char*);

void echo(const char* rest) {
  print("{}\n", rest);
}
void cpu(const char*) {
  report_cpu();
}
void memory(const char*) {
  report_memory();
}
void pci(const char*) {
  report_pci();
}
void disk(const char*) {
  report_disks();
}
void time(const char*) {
  report_time();
}
void uptime(const char*) {
  report_uptime();
}

void off(const char*) {
  print("Good-bye.\n");
  guest::power_off();
}
void reset(const char*) {
  print("Starting over.\n");
  guest::reset_machine();
}
void crash(const char*) {
  print("An invalid instruction, and nobody to handle it: a triple fault.\n");
  guest::crash();
}

constexpr Command kCommands[] = {
    {"help", "this list", help},
    {"cpu", "the processors", cpu},
    {"mem", "the map of the memory", memory},
    {"pci", "the devices on the PCI bus", pci},
    {"disk", "the disks", disk},
    {"time", "what the real-time clock says", time},
    {"uptime", "how long this machine has been running", uptime},
    {"echo", "says what follows", echo},
    {"off", "switches the machine off (ACPI)", off},
    {"reset", "starts the machine anew", reset},
    {"crash", "triple-faults, to see how the VMM accounts for it", crash},
};

void help(const char*) {
  for (const Command& command : kCommands) print("  {:-8} {}\n", command.name, command.what);
}

const char* skip_spaces(const char* text) {
  while (*text == ' ') ++text;
  return text;
}

}  // namespace

void run_command(const char* line) {
  line = skip_spaces(line);
  if (*line == 0) return;
  for (const Command& command : kCommands) {
    const char* rest = guest::after_prefix(line, command.name);
    if (rest != nullptr && (*rest == 0 || *rest == ' ')) {
      command.run(skip_spaces(rest));
      return;
    }
  }
  print("There is no such command; help lists them.\n");
}
