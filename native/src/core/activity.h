// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "core/records.h"
#include "core/ring_buffer.h"
#include "core/unique_fd.h"

namespace bindscope::core {

// What was counted at one port of one network namespace since the port is watched: the C++ side of
// `PortActivity` in contract/activity.ts.
struct port_activity {
  std::uint16_t port;
  std::uint32_t netns;
  bs_activity counts;
};

struct activity_reading {
  std::uint64_t at = 0; // boot clock
  // A port without a connection has no row.
  std::vector<port_activity> ports;
};

// The user's end of bpf/activity.bpf.c, over descriptors that were received, not made, here. Until
// ports are named the kernel counts nothing.
class activity_probe {
public:
  // `watched_ports`, `counts` and `connections` are the descriptors of handoff.h. Throws
  // std::runtime_error where one is not what it was handed over as, std::system_error where the
  // kernel does not let us use it.
  activity_probe(unique_fd watched_ports, unique_fd counts, unique_fd connections);

  // Names all ports that are to be counted. One that is watched already goes on; one that is left
  // out is forgotten, and counts from nothing when it is named again. One thread only.
  void watch(const std::vector<std::uint16_t> &ports);

  // Exact, but for what happens meanwhile: a count never falls from one reading to the next. Throws
  // std::system_error. Any thread, also while `watch` or another reading runs.
  activity_reading read() const;

private:
  std::uint32_t generation(std::uint16_t port) const;
  void forget(const bs_activity_key &key) const;

  unique_fd counts_;
  unique_fd connections_; // link of the iterator
  memory_map mapped_;
  bs_watched_ports *ports_ = nullptr; // in mapped_, shared with the kernel
  std::vector<std::uint16_t> watched_;
  std::uint32_t generations_ = 0; // given so far
};

} // namespace bindscope::core
