// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

namespace bindscope::helper {

// Closes every descriptor but those, standard ones too. Throws std::system_error.
void close_all_but(std::vector<int> needed);

// From here on no descriptor, process, core dump or byte of a file can come into being, for good.
// Only one descriptor may be polled at a time. Throws std::system_error.
void limit_resources();

// From here on any system call but those that wait_for_hangup and _exit need kills the process.
// Needs no_new_privs or CAP_SYS_ADMIN. Throws std::system_error.
void allow_waiting_only();

} // namespace bindscope::helper
