// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <mutex>

#include "core/unique_fd.h"
#include "handoff/handoff.h"

namespace bindscope::core {

/*
 * The engine's end of handoff::iterators::by_helper: asks the helper to start runs of its
 * iterators. Owns a duplicate of the session's socket, so that a thread that waits for an answer
 * never waits on a number that was given to another file; `end` hangs up for both. While it lives
 * nobody else may read from the socket, and the session's thread watches it for the hang-up alone.
 */
class iterator_requests {
public:
  // Throws std::system_error.
  explicit iterator_requests(int socket);

  // Opens one run of an iterator: fact::sockets or fact::processes. Any thread; one request is on
  // its way at a time, the others wait for it. Throws std::system_error: with what the kernel told
  // the helper, or when the helper is gone, silent for ten seconds or not understood, which ends
  // the connection.
  unique_fd start(handoff::fact told);

  // Hangs up: the helper ends, and whoever waits for it returns at once, by throwing. Any thread.
  void end() noexcept;

private:
  handoff::iterator_reply ask(handoff::fact told, unique_fd &iterator);

  const unique_fd socket_;
  std::mutex mutex_; // held from a request to its answer
};

} // namespace bindscope::core
