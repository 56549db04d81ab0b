// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/loss.h"
#include "core/ring_buffer.h"

namespace bindscope::core {

// Finds out when records were lost, of which the kernel tells how many: since the counters were
// last read, and not before the ring was full. So the window is narrow also where the reader was
// held up for long, and the ring was full for a part of that only. One thread.
class ring_losses {
public:
  // `size`: bytes of the ring, of which nothing was taken yet. `now_ns` was read before `counts`.
  ring_losses(std::size_t size, const loss_counts &counts, std::uint64_t now_ns);

  // A record of `size` bytes is being taken, in order; `time_ns` is that of its event.
  void took(std::size_t size, std::uint64_t time_ns);

  // Whether so much was taken that the counters are to be read, though more waits.
  bool due() const { return taken_ >= size_; }

  // What was lost since this was last called. The ring is empty, or this is due. The clock was read
  // before the counters and after.
  loss settle(const loss_counts &counts, std::uint64_t before_ns, std::uint64_t after_ns);

private:
  const std::uint64_t size_;
  loss_counts counts_;
  std::uint64_t read_ns_;
  std::uint64_t taken_ = 0;     // bytes since the counters were read
  std::uint64_t before_ns_ = 0; // of the last of these that came before the ring can have been full
};

} // namespace bindscope::core
