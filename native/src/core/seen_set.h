// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace bindscope::core {

// A set of numbers that is emptied at no cost: open addressing with a stamp for each use of a slot.
class seen_set {
public:
  // True for a new one.
  bool insert(std::uint64_t value) {
    if (used_ * 2 >= slots_.size())
      grow();
    return place(value);
  }
  bool contains(std::uint64_t value) const {
    const std::size_t mask = slots_.size() - 1;
    for (std::size_t at = hash(value);; at++) {
      const slot &candidate = slots_[at & mask];
      if (candidate.stamp != stamp_ || candidate.value == value)
        return candidate.stamp == stamp_;
    }
  }
  void clear() {
    stamp_++;
    used_ = 0;
  }

private:
  struct slot {
    std::uint64_t value;
    std::uint32_t stamp;
  };

  static std::size_t hash(std::uint64_t value) { return value * 0x9e3779b97f4a7c15u >> 32; }

  bool place(std::uint64_t value) {
    const std::size_t mask = slots_.size() - 1;
    for (std::size_t at = hash(value);; at++) {
      slot &candidate = slots_[at & mask];
      if (candidate.stamp != stamp_) {
        candidate = {value, stamp_};
        used_++;
        return true;
      }
      if (candidate.value == value)
        return false;
    }
  }

  void grow() {
    std::vector<slot> old(slots_.size() * 2);
    std::swap(old, slots_);
    used_ = 0;
    for (const slot &entry : old)
      if (entry.stamp == stamp_)
        place(entry.value);
  }

  std::vector<slot> slots_ = std::vector<slot>(256);
  std::size_t used_ = 0;
  std::uint32_t stamp_ = 1; // 0 is that of an unused slot
};

} // namespace bindscope::core
