// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>

#include "core/records.h"
#include "core/unique_fd.h"

namespace bindscope::core {

// A mapping of a descriptor, unmapped at the end.
class memory_map {
public:
  memory_map() = default;
  // Throws std::system_error.
  memory_map(int fd, std::size_t length, int protection, std::size_t offset);
  memory_map(memory_map &&other) noexcept;
  memory_map &operator=(memory_map &&other) noexcept;
  ~memory_map();

  const std::uint8_t *data() const { return data_; }
  std::uint8_t *data() { return data_; }

private:
  std::uint8_t *data_ = nullptr;
  std::size_t length_ = 0;
};

// Of a BPF ring buffer. Positions only grow, and count bytes.
struct ring_memory {
  unsigned long *consumer;       // ours
  const unsigned long *producer; // the kernel's
  const std::uint8_t *data;      // `size` bytes twice over, so that no record is in two parts
  std::size_t size;              // a power of two
};

// Hands over each record that waits, in order, and frees its room at once. `on_record` returns
// false to stop early. The pointer is valid during the call only.
void consume_ring(const ring_memory &ring,
                  const std::function<bool(const void *record, std::size_t size)> &on_record);

// Consumer of a BPF ring buffer map whose descriptor was received, not made, here: needs no
// privilege and no bpf() call. One thread only, where nothing else is said.
class ring_buffer {
public:
  // Throws std::runtime_error when the descriptor is not a ring buffer, std::system_error when it
  // cannot be mapped.
  explicit ring_buffer(unique_fd map);

  // Bytes of records that it has room for.
  std::size_t size() const { return size_; }

  // Readable while records wait.
  int descriptor() const { return map_.get(); }

  // See consume_ring.
  void consume(const std::function<bool(const void *record, std::size_t size)> &on_record);

  // Where the kernel stands: every record that it has begun to write is before it. Any thread.
  std::uint64_t produced() const;
  // Waits until every record before `position` was handed over. False when nobody hands over any
  // more, or not within `longest` (a writer may be kept from ending its record). Any thread.
  bool wait_for(std::uint64_t position, std::chrono::milliseconds longest) const;
  // `consume` is not called any more: who waits is let go.
  void abandon() { abandoned_ = true; }

private:
  std::atomic<bool> abandoned_{false};
  unique_fd map_;
  std::size_t size_ = 0; // bytes of data, a power of two
  memory_map consumer_;  // one page, its first word is our position
  memory_map producer_;  // one page with the kernel's position, then the data, mapped twice over
  const std::uint8_t *data_ = nullptr;
};

// Since the programs were loaded.
struct loss_counts {
  std::uint64_t no_room = 0;   // records that found the ring buffer full
  std::uint64_t untracked = 0; // sockets whose close will not be told
};

// Counters that only the kernel writes.
class kernel_stats {
public:
  // Throws like ring_buffer.
  explicit kernel_stats(unique_fd map);

  loss_counts counts() const;

private:
  unique_fd map_;
  memory_map page_;
};

} // namespace bindscope::core
