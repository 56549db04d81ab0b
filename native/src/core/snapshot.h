// SPDX-License-Identifier: Apache-2.0
//
// One snapshot in columns: the C++ side of `SnapshotColumns` in contract/kernel-event.ts, which
// says what the columns mean. Both ways of taking one fill this shape.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace bindscope::core {

// Row i is bytes[offsets[i]..offsets[i + 1]).
struct string_column {
  std::string bytes;
  std::vector<std::uint32_t> offsets{0};

  // What was appended to `bytes` since the last call becomes the next row.
  void end_row() { offsets.push_back(static_cast<std::uint32_t>(bytes.size())); }
  void push(std::string_view value) {
    bytes += value;
    end_row();
  }
  std::string_view row(std::size_t index) const {
    return std::string_view(bytes).substr(offsets[index], offsets[index + 1] - offsets[index]);
  }
};

struct process_columns {
  std::vector<std::uint32_t> pid;
  std::vector<std::uint32_t> parent;
  std::vector<std::uint32_t> uid;
  std::vector<std::uint64_t> start_time;
  std::vector<std::uint64_t> cgroup;
  std::vector<std::uint32_t> netns;
  std::vector<std::uint32_t> args_length;
  std::vector<std::uint8_t> executable_known;
  std::vector<std::uint32_t> executable_device;
  std::vector<std::uint64_t> executable_inode;
  string_column name;
  string_column executable;
  string_column args;
};

struct socket_columns {
  std::vector<std::uint32_t> pid;
  std::vector<std::uint64_t> cookie;
  std::vector<std::uint64_t> inode;
  std::vector<std::uint32_t> uid;
  std::vector<std::uint32_t> netns;
  std::vector<std::uint8_t> family;
  std::vector<std::uint8_t> protocol;
  std::vector<std::uint8_t> state;
  std::vector<std::uint16_t> port;
  std::vector<std::array<std::uint8_t, 16>> address;
};

enum class snapshot_source { iterators, proc };

struct snapshot {
  snapshot_source source = snapshot_source::iterators;
  std::uint64_t started_at = 0; // boot clock
  std::uint64_t finished_at = 0;
  process_columns processes;
  socket_columns sockets;
};

} // namespace bindscope::core
