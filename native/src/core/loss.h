// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>

namespace bindscope::core {

// Records that are missing, and the window in which what they tell happened: boot clock, ns.
struct loss {
  std::uint64_t count = 0; // 0: none, and the window means nothing
  std::uint64_t from_ns = 0;
  std::uint64_t to_ns = 0;

  void add(const loss &other) {
    if (other.count == 0)
      return;
    from_ns = count == 0 ? other.from_ns : std::min(from_ns, other.from_ns);
    to_ns = count == 0 ? other.to_ns : std::max(to_ns, other.to_ns);
    count += other.count;
  }
};

} // namespace bindscope::core
