// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

namespace bindscope::scenarios {

// Who a process is, as /proc says it.
struct identity {
  std::uint32_t pid = 0;
  std::uint32_t parent = 0;
  std::uint32_t uid = 0;
  std::uint32_t netns = 0;
  std::uint64_t start_ticks = 0;
  std::uint64_t cgroup = 0; // 0 where there is no cgroup v2
  std::string comm;
  std::string executable;
  std::uint64_t exe_inode = 0;
  std::uint32_t exe_device = 0;
  std::string args; // NUL-separated, whole
};

// Throws std::runtime_error where it is gone.
identity read_identity(std::uint32_t pid);

// Start times as /proc tells them, of the nanoseconds that records have.
std::uint64_t ticks_of(std::uint64_t nanoseconds);

} // namespace bindscope::scenarios
