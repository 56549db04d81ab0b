// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <vector>

#include "core/loss.h"

namespace bindscope::core {

struct event_batch {
  std::vector<std::uint8_t> records; // `count` records back to back
  std::size_t count = 0;
  std::uint64_t dropped = 0; // since the queue was made
  loss missing;              // of these, what was dropped since the batch before
};

// Records on their way from one watching thread to the one consumer. Bounded by number of records;
// what does not fit is dropped and counted, the oldest are kept.
class event_queue {
public:
  explicit event_queue(std::size_t limit) : limit_(limit) {}

  // Copies the record. `time_ns`: of its event. False when it was dropped.
  bool push(const void *record, std::size_t size, std::uint64_t time_ns = 0);

  // Everything that waits. Gives `recycled` back as the next buffer, so that a steady flow of
  // batches allocates nothing.
  event_batch take(std::vector<std::uint8_t> recycled = {});

private:
  std::mutex mutex_;
  const std::size_t limit_;
  event_batch waiting_;
};

} // namespace bindscope::core
