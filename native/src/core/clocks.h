// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ctime>

#include <cstdint>

namespace bindscope::core {

constexpr std::uint64_t nanoseconds_per_second = 1'000'000'000;

inline std::uint64_t read_clock(clockid_t id) {
  timespec now{};
  ::clock_gettime(id, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * nanoseconds_per_second +
         static_cast<std::uint64_t>(now.tv_nsec);
}

// The clock of every time inside the engine: nanoseconds since boot, suspend included.
inline std::uint64_t boot_clock() {
  return read_clock(CLOCK_BOOTTIME);
}

struct clock_pair {
  std::uint64_t boot;
  std::uint64_t wall;
};

// Both clocks at one instant: the boot clock is read on either side of the wall clock and halved.
inline clock_pair read_clocks() {
  const std::uint64_t before = boot_clock();
  const std::uint64_t wall = read_clock(CLOCK_REALTIME);
  return {before + (boot_clock() - before) / 2, wall};
}

} // namespace bindscope::core
