// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "core/unique_fd.h"
#include "handoff/handoff.h"

namespace bindscope::core {

struct hook_report {
  handoff::fact told;
  handoff::hook_state state;
  std::string name;
  std::string reason; // empty unless failed
};

// What the helper handed over, checked. A descriptor that it did not attach is none.
struct received_handoff {
  std::uint32_t helper_pid = 0;
  std::vector<hook_report> hooks;
  handoff::iterators iterators = handoff::iterators::by_peer;
  unique_fd ring;
  unique_fd stats;
  unique_fd iter_process;
  unique_fd iter_socket;
  unique_fd watched_ports;
  unique_fd activity;
  unique_fd iter_connections;
  std::vector<unique_fd> programs;
};

// Takes a message and its descriptors apart. Throws helper_failure: `protocol` for anything that is
// not exactly a hand-off of our version, `refused` and `failed` as the helper says. On a throw
// every descriptor is closed.
received_handoff read_handoff(const void *bytes, std::size_t size,
                              std::vector<unique_fd> descriptors);

// Receives the one message from a SOCK_SEQPACKET socket that is readable. Throws helper_failure,
// with `unreachable` when the other side hung up without a word.
received_handoff receive_handoff(int socket);

} // namespace bindscope::core
