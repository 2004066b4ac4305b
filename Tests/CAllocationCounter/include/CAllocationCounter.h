#pragma once

/// Shows the number of allocations from now on in the file `path`, which must exist and have eight bytes: an integer in the
/// machine's order. Does nothing if `path` is null; ends the process if the file cannot be mapped.
void allocation_counter_open(const char *path);
