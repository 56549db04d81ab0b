// SPDX-License-Identifier: Apache-2.0
#include "core/activity.h"

#include <linux/bpf.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include <algorithm>
#include <array>
#include <bitset>
#include <cerrno>
#include <stdexcept>
#include <system_error>

#include "core/clocks.h"
#include "core/descriptor_info.h"
#include "core/snapshot_iter.h"

namespace bindscope::core {

namespace {

constexpr std::size_t batch_size = 1024;

bool is_map(const descriptor_info &info, std::uint64_t type, std::size_t key_size,
            std::size_t value_size) {
  return info.number("map_type") == type && info.number("key_size") == key_size &&
         info.number("value_size") == value_size;
}

// The memory that is about to be written must be of the size that we take it for.
void check_descriptors(int watched_ports, int counts) {
  const descriptor_info ports(watched_ports);
  if (!is_map(ports, BPF_MAP_TYPE_ARRAY, sizeof(__u32), sizeof(bs_watched_ports)) ||
      ports.number("max_entries") != 1u ||
      (ports.number("map_flags").value_or(0) & BPF_F_MMAPABLE) == 0)
    throw std::runtime_error("the descriptor for watched ports is not a mappable array of them");
  if (!is_map(descriptor_info(counts), BPF_MAP_TYPE_HASH, sizeof(bs_activity_key),
              sizeof(bs_activity)))
    throw std::runtime_error("the descriptor for counts of connections is not a map of them");
}

__u64 address_of(const void *memory) {
  return reinterpret_cast<__u64>(memory);
}

} // namespace

activity_probe::activity_probe(unique_fd watched_ports, unique_fd counts, unique_fd connections)
    : counts_(std::move(counts)), connections_(std::move(connections)) {
  check_descriptors(watched_ports.get(), counts_.get());
  create_iterator(connections_); // kernels before 5.19 may ask a privilege for this
  mapped_ = memory_map(watched_ports.get(), sizeof(bs_watched_ports), PROT_READ | PROT_WRITE, 0);
  ports_ = reinterpret_cast<bs_watched_ports *>(mapped_.data());
}

void activity_probe::watch(const std::vector<std::uint16_t> &ports) {
  std::bitset<BS_PORT_COUNT> wanted;
  for (const std::uint16_t port : ports)
    wanted.set(port);
  for (const std::uint16_t port : watched_)
    if (!wanted[port])
      __atomic_store_n(&ports_->generation[port], 0, __ATOMIC_RELEASE);
  watched_.clear();
  for (std::size_t port = 0; port < wanted.size(); port++) {
    if (!wanted[port])
      continue;
    watched_.push_back(static_cast<std::uint16_t>(port));
    if (generation(watched_.back()) == 0)
      __atomic_store_n(&ports_->generation[port], ++generations_, __ATOMIC_RELEASE);
  }
}

activity_reading activity_probe::read() const {
  // Adds up what open connections carried since the last reading, and has no rows of its own.
  read_rows(create_iterator(connections_).get(), 1, [](const std::uint8_t *) {});

  activity_reading reading;
  reading.at = boot_clock();
  std::vector<bs_activity_key> keys(batch_size);
  std::vector<bs_activity> values(batch_size);
  std::array<bs_activity_key, 2> places{}; // where the kernel is, and where it goes on
  for (bool first = true, more = true; more; first = false) {
    bpf_attr attributes{};
    attributes.batch.map_fd = static_cast<__u32>(counts_.get());
    attributes.batch.in_batch = first ? 0 : address_of(&places[0]);
    attributes.batch.out_batch = address_of(&places[1]);
    attributes.batch.keys = address_of(keys.data());
    attributes.batch.values = address_of(values.data());
    attributes.batch.count = batch_size;
    if (::syscall(SYS_bpf, BPF_MAP_LOOKUP_BATCH, &attributes, sizeof(attributes)) < 0) {
      if (errno != ENOENT)
        throw std::system_error(errno, std::generic_category(),
                                "cannot read the counts of connections");
      more = false; // these are the last
    }
    places[0] = places[1];
    for (std::size_t i = 0; i < attributes.batch.count; i++) {
      const bs_activity_key &key = keys[i];
      if (key.generation == generation(key.port))
        reading.ports.push_back({key.port, key.netns, values[i]});
      else
        forget(key);
    }
  }
  return reading;
}

std::uint32_t activity_probe::generation(std::uint16_t port) const {
  return __atomic_load_n(&ports_->generation[port], __ATOMIC_ACQUIRE);
}

void activity_probe::forget(const bs_activity_key &key) const {
  bpf_attr attributes{};
  attributes.map_fd = static_cast<__u32>(counts_.get());
  attributes.key = address_of(&key);
  // One that another reading has deleted is gone as well.
  ::syscall(SYS_bpf, BPF_MAP_DELETE_ELEM, &attributes, sizeof(attributes));
}

} // namespace bindscope::core
