// SPDX-License-Identifier: Apache-2.0
#include "core/event_queue.h"

#include <utility>

namespace bindscope::core {

namespace {
// A burst must not pin its memory for ever.
constexpr std::size_t most_bytes_kept = 1 << 20;
} // namespace

bool event_queue::push(const void *record, std::size_t size, std::uint64_t time_ns) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (waiting_.count >= limit_) {
    waiting_.dropped++;
    waiting_.missing.add({1, time_ns, time_ns});
    return false;
  }
  const auto *bytes = static_cast<const std::uint8_t *>(record);
  waiting_.records.insert(waiting_.records.end(), bytes, bytes + size);
  waiting_.count++;
  return true;
}

event_batch event_queue::take(std::vector<std::uint8_t> recycled) {
  if (recycled.capacity() > most_bytes_kept)
    recycled = {};
  recycled.clear();
  const std::lock_guard<std::mutex> lock(mutex_);
  event_batch taken{std::exchange(waiting_.records, std::move(recycled)),
                    std::exchange(waiting_.count, 0), waiting_.dropped,
                    std::exchange(waiting_.missing, {})};
  return taken;
}

} // namespace bindscope::core
