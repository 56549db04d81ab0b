// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <cstring>
#include <thread>

#include "core/event_queue.h"

using namespace bindscope::core;

TEST_CASE("a queue hands over what was pushed, in order, once") {
  event_queue queue(10);
  CHECK(queue.push("ab", 2));
  CHECK(queue.push("cde", 3));
  const event_batch batch = queue.take();
  CHECK(batch.count == 2);
  CHECK(std::string(batch.records.begin(), batch.records.end()) == "abcde");
  CHECK(batch.dropped == 0);
  CHECK(queue.take().count == 0);
}

TEST_CASE("a full queue keeps the oldest and counts what it drops") {
  event_queue queue(2);
  CHECK(queue.push("a", 1));
  CHECK(queue.push("b", 1));
  CHECK_FALSE(queue.push("c", 1));
  CHECK_FALSE(queue.push("d", 1));
  event_batch batch = queue.take();
  CHECK(std::string(batch.records.begin(), batch.records.end()) == "ab");
  CHECK(batch.dropped == 2);
  CHECK(queue.push("e", 1));
  batch = queue.take();
  CHECK(std::string(batch.records.begin(), batch.records.end()) == "e");
  CHECK(batch.dropped == 2);
}

TEST_CASE("what is dropped is told once, with the times of the first and the last") {
  event_queue queue(1);
  queue.push("a", 1, 10);
  CHECK(queue.take().missing.count == 0);
  queue.push("b", 1, 20);
  queue.push("c", 1, 31);
  queue.push("d", 1, 30); // of another processor, and told later
  const loss missing = queue.take().missing;
  CHECK(missing.count == 2);
  CHECK(missing.from_ns == 30);
  CHECK(missing.to_ns == 31);
  CHECK(queue.take().missing.count == 0);
}

TEST_CASE("buffers that come back are used again") {
  event_queue queue(10);
  queue.push("abc", 3);
  event_batch first = queue.take();
  const std::uint8_t *memory = first.records.data();
  queue.take(std::move(first.records));
  queue.push("xyz", 3);
  const event_batch second = queue.take();
  CHECK(second.records.data() == memory);
  CHECK(std::string(second.records.begin(), second.records.end()) == "xyz");
}

TEST_CASE("nothing is lost or doubled between a pusher and a taker") {
  event_queue queue(1000);
  constexpr std::uint32_t total = 200'000;
  std::thread pusher([&] {
    for (std::uint32_t i = 0; i < total; i++)
      queue.push(&i, sizeof(i));
  });
  std::uint64_t taken = 0, dropped = 0;
  std::int64_t last = -1;
  bool ordered = true;
  const auto take = [&] {
    const event_batch batch = queue.take();
    for (std::size_t i = 0; i < batch.count; i++) {
      std::uint32_t value;
      std::memcpy(&value, batch.records.data() + i * sizeof(value), sizeof(value));
      ordered = ordered && value > last;
      last = value;
    }
    taken += batch.count;
    dropped = batch.dropped;
  };
  while (taken + dropped < total / 2)
    take();
  pusher.join();
  take();
  CHECK(ordered);
  CHECK(taken + dropped == total);
}
