#pragma once

/// Checks that no CPU sees time run backwards, neither on its own nor beside another.
void check_clocks();
