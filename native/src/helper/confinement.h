// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

namespace bindscope::helper {

// Closes every descriptor but those, standard ones too. Throws std::system_error.
void close_all_but(std::vector<int> needed);

// From here on no process, core dump or byte of a file can come into being, for good, and no
// descriptor but such as are below `descriptors`. So many may be polled at a time. Throws
// std::system_error.
void limit_resources(unsigned descriptors);

// Whether a process can be held to an allow-list of system calls.
bool kernel_has_filters();

// From here on any system call but those that wait_for_hangup and _exit need kills the process,
// where the kernel has filters. Needs no_new_privs or CAP_SYS_ADMIN. Throws std::system_error.
void allow_waiting_only();

// The same for serve_iterators with this socket, where the kernel must have filters.
void allow_serving_iterators(int socket);

} // namespace bindscope::helper
