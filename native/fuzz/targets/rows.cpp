// SPDX-License-Identifier: Apache-2.0
//
// Kernel → engine: rows of the iterators, however the reads cut them.
//
//   u8   0: sockets, else processes
//   u8   how many bytes more than 15 a read gives, 0 for a page
//   …    the rows
#include <sys/socket.h>

#include <stdexcept>

#include "core/snapshot_iter.h"
#include "input.h"

using namespace bindscope;

namespace {

// Each packet becomes one read. What does not fit the socket is left out.
core::unique_fd packets_of(std::string_view bytes, std::size_t step) {
  int ends[2];
  fuzz::require(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) == 0,
                "a socket pair can be made");
  core::unique_fd from(ends[0]);
  const core::unique_fd to(ends[1]);
  while (!bytes.empty()) {
    const std::string_view packet = bytes.substr(0, step);
    if (::send(to.get(), packet.data(), packet.size(), 0) < 0)
      break;
    bytes.remove_prefix(packet.size());
  }
  return from;
}

void check(const core::string_column &column, std::size_t rows) {
  fuzz::require(column.offsets.size() == rows + 1 && column.offsets.back() == column.bytes.size(),
                "texts have one place for each row");
  for (std::size_t i = 0; i < rows; i++)
    fuzz::require(column.offsets[i] <= column.offsets[i + 1], "texts come one after the other");
}

void check(const core::process_columns &columns, std::size_t rows) {
  for (const std::size_t length :
       {columns.pid.size(), columns.parent.size(), columns.uid.size(), columns.start_time.size(),
        columns.cgroup.size(), columns.netns.size(), columns.args_length.size(),
        columns.executable_known.size(), columns.executable_device.size(),
        columns.executable_inode.size()})
    fuzz::require(length == rows, "columns have one value for each row");
  check(columns.name, rows);
  check(columns.executable, rows);
  check(columns.args, rows);
  for (std::size_t i = 0; i < rows; i++) {
    fuzz::require(columns.args.row(i).size() <= BS_ARGS_LENGTH, "no more arguments than were told");
    fuzz::require(columns.executable.row(i).empty() != (columns.executable_known[i] != 0),
                  "an executable is known by its path");
  }
}

void check(const core::socket_columns &columns, std::size_t rows) {
  for (const std::size_t length :
       {columns.pid.size(), columns.cookie.size(), columns.inode.size(), columns.uid.size(),
        columns.netns.size(), columns.family.size(), columns.protocol.size(), columns.state.size(),
        columns.port.size(), columns.address.size()})
    fuzz::require(length == rows, "columns have one value for each row");
}

template <typename Row, typename Columns, typename Append>
void read(const core::unique_fd &from, Append append) {
  Columns columns;
  std::size_t rows = 0;
  try {
    core::read_rows(from.get(), sizeof(Row), [&](const std::uint8_t *bytes) {
      append(columns, *reinterpret_cast<const Row *>(bytes));
      rows++;
    });
  } catch (const std::runtime_error &) {
    // The end came within a row.
  }
  check(columns, rows);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *bytes, std::size_t size) {
  fuzz::input input(bytes, size);
  const bool sockets = input.byte() == 0;
  const std::size_t step = input.byte();
  const core::unique_fd from = packets_of(input.rest(), step == 0 ? 4096 : 15 + step);
  if (sockets)
    read<bs_socket_row, core::socket_columns>(
        from, [](core::socket_columns &columns, const bs_socket_row &row) {
          core::append_socket(columns, row);
        });
  else
    read<bs_process_row, core::process_columns>(from, core::append_process);
  return 0;
}
