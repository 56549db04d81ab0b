// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/child_process.h"
#include "core/handoff_reader.h"
#include "core/helper_failure.h"
#include "core/unique_fd.h"

namespace bindscope::core {

// A helper that listens on a unix socket.
struct listening_helper {
  std::string path;
  std::chrono::seconds patience{20}; // in which it attaches and answers
};

// A helper to be started, which serves its standard input.
struct spawned_helper {
  std::vector<std::string> command; // not empty
};

using helper_address = std::variant<listening_helper, spawned_helper>;

// A live helper. It ends, and all it attached with it, when `socket` is closed. Members are in the
// order that makes the hang-up come before the wait for the child.
struct helper_connection {
  std::optional<child_process> child;
  unique_fd socket;
  received_handoff handoff;
};

// Connects or starts, and waits for the hand-off. `stop` becoming readable ends the wait. Throws
// helper_failure. May wait long: polkit asks a person.
helper_connection reach_helper(const helper_address &address, int stop);

// Connects to a SOCK_SEQPACKET socket after making sure that it is served by root or by our own
// user. Throws helper_failure.
unique_fd connect_to_helper(const std::string &path);

} // namespace bindscope::core
