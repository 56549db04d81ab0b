// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <unordered_map>

#include "core/records.h"
#include "core/snapshot.h"
#include "core/unique_fd.h"

namespace bindscope::core {

// Bound and listening sockets of the last snapshot by cookie: a notice of a destroyed socket
// carries little more than its cookie. Snapshots fill it on their thread, notices read it on
// theirs.
class known_sockets {
public:
  // Keeps what can be told of: TCP that listens or is only bound, and UDP.
  void replace(const socket_columns &sockets);

  // The BS_CLOSED record of a socket, which is forgotten by it; false where it is not known.
  bool take_closed(std::uint64_t cookie, bs_event &record);

private:
  std::mutex mutex_;
  std::unordered_map<std::uint64_t, bs_event> records_;
};

// Closed sockets without a helper: the kernel's sock_diag multicast tells every process of sockets
// destroyed in its own network namespace.
class destroy_notices {
public:
  // Throws std::system_error where the kernel does not offer it.
  explicit destroy_notices(known_sockets &known);

  int descriptor() const { return netlink_.get(); }

  // Reads what waits. Returns how many notices the kernel had to leave out since the last call;
  // where it does not count them, how often it had to.
  std::uint64_t read(const std::function<void(const bs_event &)> &on_closed);

private:
  unique_fd netlink_;
  known_sockets &known_;
  std::uint32_t dropped_ = 0; // the kernel's counter when it was last read
};

} // namespace bindscope::core
