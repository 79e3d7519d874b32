#pragma once

/// Checks that CPUID tells every CPU who it is, and all of them the same about the package.
void check_topology();
