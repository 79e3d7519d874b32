#pragma once
// <linux/kvm.h>, laid out in C++ as the kernel lays it out in C; for this room's own sources only.

#include <linux/stddef.h>

// In the headers of Linux 6.0 to 6.4 this macro has an empty struct before the array, which is a
// byte long in C++: the array moves, and ioctl numbers, which hold the size, become wrong.
#undef __DECLARE_FLEX_ARRAY
#define __DECLARE_FLEX_ARRAY(TYPE, NAME) TYPE NAME[0]

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpedantic"
#include <linux/kvm.h>
#pragma GCC diagnostic pop

// api.rst: the sizes without the arrays.
static_assert(sizeof(kvm_cpuid2) == 8);
static_assert(sizeof(kvm_msr_list) == 4);
static_assert(sizeof(kvm_msrs) == 8);
static_assert(sizeof(kvm_irq_routing) == 8);
static_assert(sizeof(kvm_stats_desc) == 16);
