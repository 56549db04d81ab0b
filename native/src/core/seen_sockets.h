// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace bindscope::core {

// Pairs of (process, socket) told already. Open addressing with a stamp for each use of a slot, so
// that starting the next process costs nothing.
class seen_sockets {
public:
  // True for a new one. Rows of one process come one after the other.
  bool insert(std::uint32_t tgid, std::uint64_t inode) {
    if (tgid != tgid_) {
      tgid_ = tgid;
      stamp_++;
      used_ = 0;
    }
    if (used_ * 2 >= slots_.size())
      grow();
    return place(inode);
  }

private:
  struct slot {
    std::uint64_t inode;
    std::uint32_t stamp;
  };

  bool place(std::uint64_t inode) {
    const std::size_t mask = slots_.size() - 1;
    for (std::size_t at = inode * 0x9e3779b97f4a7c15u >> 32;; at++) {
      slot &candidate = slots_[at & mask];
      if (candidate.stamp != stamp_) {
        candidate = {inode, stamp_};
        used_++;
        return true;
      }
      if (candidate.inode == inode)
        return false;
    }
  }

  void grow() {
    std::vector<slot> old(slots_.size() * 2);
    std::swap(old, slots_);
    used_ = 0;
    for (const slot &entry : old)
      if (entry.stamp == stamp_)
        place(entry.inode);
  }

  std::vector<slot> slots_ = std::vector<slot>(256);
  std::size_t used_ = 0;
  std::uint32_t stamp_ = 1; // 0 is that of an unused slot
  std::uint32_t tgid_ = 0;
};

} // namespace bindscope::core
