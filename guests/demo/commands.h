#pragma once

/// Does what a line of input says; says so if it can't.
void run_command(const char* line);
