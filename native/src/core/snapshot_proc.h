// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/snapshot.h"

namespace bindscope::core {

// The fallback: processes by /proc, sockets by sock_diag, once for each network namespace (ours,
// and those of other processes that we may enter). Sockets whose holder may not be read are told
// with pid 0. Start times have the resolution of /proc (clock ticks). The network namespace of a
// process that may not be looked into is 0. Processes that vanish meanwhile are left out. Throws
// std::system_error when the sockets of our own namespace cannot be read. Any thread.
snapshot take_snapshot_by_proc();

} // namespace bindscope::core
