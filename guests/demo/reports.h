#pragma once
// What the demo says about its machine, one table each.

/// From now on (nearly the start of the machine) uptime is counted, where KVM doesn't count it.
void start_uptime();
/// A line for each of the others.
void report_summary();
void report_cpu();
void report_memory();
void report_pci();
void report_disks();
void report_time();
void report_uptime();
