// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <string>

namespace bindscope::helper {

// Empty when `socket` is a connected SOCK_SEQPACKET unix socket, else what it is instead.
std::string why_no_peer(int socket);

// The user at the other end when it connected (or made the socket pair). Throws std::system_error.
uid_t peer_uid(int socket);

// Blocks until the peer hangs up, or says anything, which it has no reason to. Nothing but poll is
// called.
void wait_for_hangup(int socket);

} // namespace bindscope::helper
