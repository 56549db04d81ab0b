// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "core/records.h"
#include "core/ring_losses.h"

using namespace bindscope::core;

namespace {

constexpr std::uint64_t ms = 1'000'000;
constexpr std::size_t ring_size = 8192;
constexpr std::size_t large = sizeof(bs_identity_event); // 912 bytes of the ring: 8 fit
constexpr std::size_t small = sizeof(bs_event);

} // namespace

TEST_CASE("a ring that lost nothing tells no window") {
  ring_losses losses(ring_size, {0, 0}, 100 * ms);
  losses.took(large, 110 * ms);
  CHECK(losses.settle({0, 0}, 120 * ms, 121 * ms).count == 0);
}

TEST_CASE("what was lost while the ring was read happened between two readings of the counters") {
  ring_losses losses(ring_size, {3, 0}, 100 * ms);
  losses.took(large, 110 * ms);
  losses.settle({3, 0}, 120 * ms, 121 * ms);
  const loss found = losses.settle({8, 0}, 130 * ms, 131 * ms);
  CHECK(found.count == 5);
  CHECK(found.from_ns == 119 * ms); // the reading before, and what a program takes
  CHECK(found.to_ns == 131 * ms);
  CHECK(losses.settle({8, 0}, 140 * ms, 141 * ms).count == 0);
}

TEST_CASE("a reader that was held up tells when the ring became full, not when it last read") {
  ring_losses losses(ring_size, {0, 0}, 100 * ms);
  // 7 large records, and behind them room for less than one: the small one behind may have come
  // before the first loss or after it.
  for (std::uint64_t i = 0; i < 7; i++)
    losses.took(large, (1000 + i) * ms);
  losses.took(large, 1500 * ms);
  losses.took(small, 2000 * ms);
  const loss found = losses.settle({40, 0}, 5000 * ms, 5001 * ms);
  CHECK(found.count == 40);
  CHECK(found.from_ns == (1006 - 1) * ms);
  CHECK(found.to_ns == 5001 * ms);
}

TEST_CASE("records of an earlier stretch say nothing of a later one") {
  ring_losses losses(ring_size, {0, 0}, 100 * ms);
  losses.took(large, 9000 * ms); // the clock of a record may be ahead of its place
  losses.settle({0, 0}, 200 * ms, 201 * ms);
  CHECK(losses.settle({1, 0}, 300 * ms, 301 * ms).from_ns == 199 * ms);
}

TEST_CASE("sockets whose close will not be told are lost without the ring being full") {
  ring_losses losses(ring_size, {0, 7}, 100 * ms);
  for (std::uint64_t i = 0; i < 5; i++)
    losses.took(large, (1000 + i) * ms);
  const loss found = losses.settle({2, 9}, 2000 * ms, 2001 * ms);
  CHECK(found.count == 4);
  CHECK(found.from_ns == 99 * ms);
}

TEST_CASE("a storm that never ends is settled once a ring's worth was taken") {
  ring_losses losses(ring_size, {0, 0}, 100 * ms);
  for (int i = 0; i < 8; i++)
    losses.took(large, 200 * ms);
  CHECK_FALSE(losses.due());
  losses.took(large, 210 * ms);
  CHECK(losses.due());
  losses.settle({5, 0}, 220 * ms, 221 * ms);
  CHECK_FALSE(losses.due());
}

TEST_CASE("losses that are told together have one window around all") {
  loss all;
  all.add({0, 1, 2});
  CHECK(all.count == 0);
  all.add({2, 50, 60});
  all.add({3, 40, 55});
  all.add({0, 1, 99});
  CHECK(all.count == 5);
  CHECK(all.from_ns == 40);
  CHECK(all.to_ns == 60);
}
