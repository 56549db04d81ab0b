// SPDX-License-Identifier: Apache-2.0
#include "core/ring_buffer.h"

#include <linux/bpf.h>
#include <sys/mman.h>

#include <cerrno>
#include <stdexcept>
#include <system_error>
#include <thread>

#include "core/descriptor_info.h"

namespace bindscope::core {

namespace {

std::size_t page_size() {
  return static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

std::size_t ring_size(int fd) {
  const descriptor_info info(fd);
  const std::uint64_t size = info.number("max_entries").value_or(0);
  if (info.number("map_type") != BPF_MAP_TYPE_RINGBUF || size < page_size() ||
      (size & (size - 1)) != 0)
    throw std::runtime_error("the descriptor for events is not a ring buffer");
  return size;
}

} // namespace

memory_map::memory_map(int fd, std::size_t length, int protection, std::size_t offset)
    : length_(length) {
  void *mapped = ::mmap(nullptr, length, protection, MAP_SHARED, fd, static_cast<off_t>(offset));
  if (mapped == MAP_FAILED)
    throw std::system_error(errno, std::generic_category(), "cannot map memory of the kernel");
  data_ = static_cast<std::uint8_t *>(mapped);
}

memory_map::memory_map(memory_map &&other) noexcept
    : data_(std::exchange(other.data_, nullptr)), length_(std::exchange(other.length_, 0)) {}

memory_map &memory_map::operator=(memory_map &&other) noexcept {
  std::swap(data_, other.data_);
  std::swap(length_, other.length_);
  return *this;
}

memory_map::~memory_map() {
  if (data_ != nullptr)
    ::munmap(data_, length_);
}

ring_buffer::ring_buffer(unique_fd map)
    : map_(std::move(map)), size_(ring_size(map_.get())),
      consumer_(map_.get(), page_size(), PROT_READ | PROT_WRITE, 0),
      producer_(map_.get(), page_size() + 2 * size_, PROT_READ, page_size()),
      data_(producer_.data() + page_size()) {}

void ring_buffer::consume(const std::function<bool(const void *, std::size_t)> &on_record) {
  consume_ring({reinterpret_cast<unsigned long *>(consumer_.data()),
                reinterpret_cast<const unsigned long *>(producer_.data()), data_, size_},
               on_record);
}

std::uint64_t ring_buffer::produced() const {
  return __atomic_load_n(reinterpret_cast<const unsigned long *>(producer_.data()),
                         __ATOMIC_ACQUIRE);
}

bool ring_buffer::wait_for(std::uint64_t position, std::chrono::milliseconds longest) const {
  const auto *consumed = reinterpret_cast<const unsigned long *>(consumer_.data());
  const auto deadline = std::chrono::steady_clock::now() + longest;
  while (__atomic_load_n(consumed, __ATOMIC_ACQUIRE) < position) {
    if (abandoned_ || std::chrono::steady_clock::now() >= deadline)
      return false;
    std::this_thread::sleep_for(std::chrono::microseconds(200));
  }
  return true;
}

void consume_ring(const ring_memory &ring,
                  const std::function<bool(const void *, std::size_t)> &on_record) {
  // Positions are unsigned long and pair with the kernel's store-release and load-acquire.
  unsigned long at = __atomic_load_n(ring.consumer, __ATOMIC_RELAXED);
  while (at != __atomic_load_n(ring.producer, __ATOMIC_ACQUIRE)) {
    const auto *header = reinterpret_cast<const __u32 *>(ring.data + (at & (ring.size - 1)));
    const __u32 word = __atomic_load_n(header, __ATOMIC_ACQUIRE);
    if ((word & BPF_RINGBUF_BUSY_BIT) != 0)
      return; // reserved and not yet written; its commit wakes us
    const __u32 length = word & ~(BPF_RINGBUF_BUSY_BIT | BPF_RINGBUF_DISCARD_BIT);
    bool more = true;
    if ((word & BPF_RINGBUF_DISCARD_BIT) == 0)
      more = on_record(reinterpret_cast<const std::uint8_t *>(header) + BPF_RINGBUF_HDR_SZ, length);
    at += (length + BPF_RINGBUF_HDR_SZ + 7) & ~7UL;
    __atomic_store_n(ring.consumer, at, __ATOMIC_RELEASE);
    if (!more)
      return;
  }
}

kernel_stats::kernel_stats(unique_fd map) : map_(std::move(map)) {
  const descriptor_info info(map_.get());
  if (info.number("map_type") != BPF_MAP_TYPE_ARRAY ||
      info.number("value_size") != sizeof(bs_stats) ||
      (info.number("map_flags").value_or(0) & BPF_F_MMAPABLE) == 0)
    throw std::runtime_error("the descriptor for counters is not a mappable array of bs_stats");
  page_ = memory_map(map_.get(), page_size(), PROT_READ, 0);
}

loss_counts kernel_stats::counts() const {
  const auto *stats = reinterpret_cast<const bs_stats *>(page_.data());
  return {__atomic_load_n(&stats->lost, __ATOMIC_RELAXED),
          __atomic_load_n(&stats->untracked, __ATOMIC_RELAXED)};
}

} // namespace bindscope::core
