// SPDX-License-Identifier: Apache-2.0
//
// Kernel → engine: the ring buffer, filled by a model of its producer, and the queue behind it.
// Every record is told once, in order, whole.
//
//   u8    records that the queue has room for
//   then acts:
//   u8    0–3: a record of u16 bytes is written, reserved only, discarded, or finishes what is
//         reserved; 4: all is read; 5: up to u8 records are read; 6: the queue is emptied
#include <linux/bpf.h>
#include <sys/mman.h>
#include <unistd.h>

#include <deque>
#include <vector>

#include "core/event_queue.h"
#include "core/ring_buffer.h"
#include "input.h"

using namespace bindscope;

namespace {

// The smallest that the kernel makes, mapped twice over as it does.
class model_ring {
public:
  static constexpr std::size_t size = 4096;

  model_ring() {
    const core::unique_fd memory(::memfd_create("ring", MFD_CLOEXEC));
    fuzz::require(::ftruncate(memory.get(), size) == 0, "memory can be had");
    void *both = ::mmap(nullptr, 2 * size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    data_ = static_cast<std::uint8_t *>(both);
    for (const std::size_t offset : {std::size_t{0}, size})
      fuzz::require(::mmap(data_ + offset, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED,
                           memory.get(), 0) != MAP_FAILED,
                    "memory can be mapped");
  }

  void clear() {
    producer_ = consumer_ = 0;
    reserved_.clear();
  }

  // False where there is no room. The content of a record is its number, over and over.
  bool write(std::size_t length, std::uint32_t flags, std::uint8_t number) {
    const std::size_t room = (length + BPF_RINGBUF_HDR_SZ + 7) & ~std::size_t{7};
    if (producer_ + room - consumer_ > size)
      return false;
    std::uint8_t *at = data_ + (producer_ & (size - 1));
    const auto word = static_cast<std::uint32_t>(length) | flags;
    std::memcpy(at, &word, sizeof(word));
    std::memset(at + BPF_RINGBUF_HDR_SZ, number, length);
    if ((flags & BPF_RINGBUF_BUSY_BIT) != 0)
      reserved_.push_back(at);
    producer_ += room;
    return true;
  }

  void commit_all() {
    for (std::uint8_t *at : reserved_) {
      std::uint32_t word;
      std::memcpy(&word, at, sizeof(word));
      word &= ~BPF_RINGBUF_BUSY_BIT;
      std::memcpy(at, &word, sizeof(word));
    }
    reserved_.clear();
  }

  core::ring_memory memory() { return {&consumer_, &producer_, data_, size}; }
  bool drained() const { return consumer_ == producer_; }

private:
  std::uint8_t *data_ = nullptr;
  unsigned long producer_ = 0;
  unsigned long consumer_ = 0;
  std::vector<std::uint8_t *> reserved_;
};

struct record {
  std::size_t length;
  std::uint8_t number;
  bool busy;
};

class run {
public:
  run(model_ring &ring, std::size_t queue_length) : ring_(ring), queue_(queue_length) {}

  void act(fuzz::input &input) {
    switch (input.byte() % 7) {
    case 0:
      return write(input, 0);
    case 1:
      return write(input, BPF_RINGBUF_BUSY_BIT);
    case 2:
      return write(input, BPF_RINGBUF_DISCARD_BIT);
    case 3:
      return commit();
    case 4:
      return read(model_ring::size);
    case 5:
      return read(input.byte());
    default:
      return empty();
    }
  }

  void finish() {
    commit();
    read(model_ring::size);
    fuzz::require(ring_.drained() && waiting_.empty(), "nothing is left behind");
    empty();
  }

private:
  void write(fuzz::input &input, std::uint32_t flags) {
    const std::size_t length = input.number<std::uint16_t>() % model_ring::size;
    if (ring_.write(length, flags, next_) && (flags & BPF_RINGBUF_DISCARD_BIT) == 0)
      waiting_.push_back({length, next_++, flags != 0});
  }

  void commit() {
    ring_.commit_all();
    for (record &one : waiting_)
      one.busy = false;
  }

  void read(std::size_t most) {
    std::size_t told = 0;
    core::consume_ring(ring_.memory(), [&](const void *bytes, std::size_t size) {
      fuzz::require(!waiting_.empty() && !waiting_.front().busy && waiting_.front().length == size,
                    "the record told is the oldest that was written");
      const auto *content = static_cast<const std::uint8_t *>(bytes);
      for (std::size_t i = 0; i < size; i++)
        fuzz::require(content[i] == waiting_.front().number, "a record is told whole");
      waiting_.pop_front();
      if (queue_.push(bytes, size)) {
        queued_++;
        queued_bytes_ += size;
      } else {
        dropped_++;
      }
      return ++told < most;
    });
    fuzz::require(told <= std::max<std::size_t>(most, 1), "reading stops when it is told to");
  }

  void empty() {
    const core::event_batch batch = queue_.take(std::move(recycled_));
    fuzz::require(batch.count == queued_ && batch.records.size() == queued_bytes_,
                  "the queue gives what was put in");
    fuzz::require(batch.dropped == dropped_, "every record dropped is counted");
    recycled_ = batch.records;
    queued_ = queued_bytes_ = 0;
  }

  model_ring &ring_;
  core::event_queue queue_;
  std::deque<record> waiting_;
  std::vector<std::uint8_t> recycled_;
  std::size_t queued_ = 0;
  std::size_t queued_bytes_ = 0;
  std::uint64_t dropped_ = 0;
  std::uint8_t next_ = 0;
};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *bytes, std::size_t size) {
  static model_ring ring;
  ring.clear();
  fuzz::input input(bytes, size);
  run run(ring, input.byte());
  while (!input.empty())
    run.act(input);
  run.finish();
  return 0;
}
