// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/socket.h>

#include <vector>

#include "core/unique_fd.h"

namespace bindscope::core {

// Every descriptor that came with a message, in order, also those that nobody asked for: the
// alignment of the room for them may leave room for one more. To be called once.
std::vector<unique_fd> received_descriptors(msghdr &header);

} // namespace bindscope::core
