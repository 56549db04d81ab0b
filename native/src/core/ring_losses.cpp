// SPDX-License-Identifier: Apache-2.0
#include "core/ring_losses.h"

#include <linux/bpf.h>

#include "core/records.h"

namespace bindscope::core {

namespace {

// Bytes of the ring that a record takes: its header before it, and it ends on a multiple of 8.
constexpr std::uint64_t taken_by(std::size_t size) {
  return (size + BPF_RINGBUF_HDR_SZ + 7) & ~std::uint64_t{7};
}

// Some record can find no room once this much or less is left.
constexpr std::uint64_t largest = taken_by(sizeof(bs_identity_event));

// A program reads the clock before it asks for room, and another one may come between.
constexpr std::uint64_t program_ns = 1'000'000;

} // namespace

ring_losses::ring_losses(std::size_t size, const loss_counts &counts, std::uint64_t now_ns)
    : size_(size), counts_(counts), read_ns_(now_ns) {}

void ring_losses::took(std::size_t size, std::uint64_t time_ns) {
  taken_ += taken_by(size);
  // Nothing was taken from the ring for as long as it was not read, and room is given in order: up
  // to here there was room for any record.
  if (taken_ + largest <= size_)
    before_ns_ = time_ns;
}

loss ring_losses::settle(const loss_counts &counts, std::uint64_t before_ns,
                         std::uint64_t after_ns) {
  loss found;
  const std::uint64_t untracked = counts.untracked - counts_.untracked;
  const std::uint64_t no_room = counts.no_room - counts_.no_room;
  const std::uint64_t full_from = no_room > 0 ? std::max(read_ns_, before_ns_) : read_ns_;
  const std::uint64_t from = untracked > 0 ? read_ns_ : full_from;
  if (no_room + untracked > 0)
    found = {no_room + untracked, from > program_ns ? from - program_ns : 0, after_ns};
  counts_ = counts;
  read_ns_ = before_ns;
  taken_ = 0;
  before_ns_ = 0;
  return found;
}

} // namespace bindscope::core
