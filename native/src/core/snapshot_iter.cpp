// SPDX-License-Identifier: Apache-2.0
#include "core/snapshot_iter.h"

#include <fcntl.h>
#include <linux/bpf.h>
#include <sys/syscall.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <future>
#include <stdexcept>
#include <string>
#include <system_error>

#include "core/clocks.h"
#include "core/path_components.h"
#include "core/proc_fs.h"
#include "core/seen_sockets.h"

namespace bindscope::core {

namespace {

std::string_view bounded(const char *bytes, std::size_t size, std::size_t limit) {
  return {bytes, std::min(size, limit)};
}

} // namespace

unique_fd create_iterator(const unique_fd &link) {
  bpf_attr attributes{};
  attributes.iter_create.link_fd = static_cast<__u32>(link.get());
  const long fd = ::syscall(SYS_bpf, BPF_ITER_CREATE, &attributes, sizeof(attributes));
  if (fd < 0)
    throw std::system_error(errno, std::generic_category(), "cannot start a BPF iterator");
  return unique_fd(static_cast<int>(fd));
}

void append_process(process_columns &columns, const bs_process_row &row) {
  columns.pid.push_back(row.tgid);
  columns.parent.push_back(row.ppid);
  columns.uid.push_back(row.uid);
  columns.start_time.push_back(row.start_time_ns);
  columns.cgroup.push_back(row.cgroup_id);
  columns.netns.push_back(row.netns);
  columns.args_length.push_back(row.args_length);
  columns.name.push({row.comm, ::strnlen(row.comm, sizeof(row.comm))});
  const std::size_t before = columns.executable.bytes.size();
  if ((row.flags & BS_PATH_CUT) != 0)
    columns.executable.bytes +=
        read_link_at(AT_FDCWD, ("/proc/" + std::to_string(row.tgid) + "/exe").c_str());
  if (columns.executable.bytes.size() == before)
    append_path(columns.executable.bytes, bounded(row.path, row.path_size, sizeof(row.path)),
                (row.flags & BS_PATH_CUT) != 0);
  columns.executable_known.push_back(columns.executable.bytes.size() > before ? 1 : 0);
  columns.executable.end_row();
  columns.args.push(bounded(row.args, row.args_size, sizeof(row.args)));
}

void append_socket(socket_columns &columns, const bs_socket_row &row) {
  columns.pid.push_back(row.tgid);
  columns.cookie.push_back(row.cookie);
  columns.inode.push_back(row.inode);
  columns.uid.push_back(row.uid);
  columns.netns.push_back(row.netns);
  columns.family.push_back(static_cast<std::uint8_t>(row.family));
  columns.protocol.push_back(row.protocol);
  columns.state.push_back(row.state);
  columns.port.push_back(row.port);
  std::copy(std::begin(row.address), std::end(row.address), columns.address.emplace_back().begin());
}

void read_rows(int fd, std::size_t row_size,
               const std::function<void(const std::uint8_t *)> &on_row) {
  std::vector<std::uint8_t> buffer(1 << 18);
  std::size_t filled = 0;
  for (;;) {
    const ssize_t got = ::read(fd, buffer.data() + filled, buffer.size() - filled);
    if (got < 0 && (errno == EINTR || errno == EAGAIN))
      continue; // EAGAIN: the kernel took a breath after very many objects without a row
    if (got < 0)
      throw std::system_error(errno, std::generic_category(), "cannot read a BPF iterator");
    if (got == 0)
      break;
    filled += static_cast<std::size_t>(got);
    std::size_t used = 0;
    for (; filled - used >= row_size; used += row_size)
      on_row(buffer.data() + used);
    std::memmove(buffer.data(), buffer.data() + used, filled - used);
    filled -= used;
  }
  if (filled != 0)
    throw std::runtime_error("a BPF iterator ended within a row: helper and addon do not fit");
}

snapshot take_snapshot_by_iterators(const iterator_links &links) {
  snapshot taken;
  taken.source = snapshot_source::iterators;
  taken.started_at = boot_clock();

  // Both passes are the kernel's work, and independent of each other.
  std::future<process_columns> processes = std::async(std::launch::async, [&links] {
    process_columns columns;
    const unique_fd iterator = create_iterator(links.process);
    read_rows(iterator.get(), sizeof(bs_process_row), [&](const std::uint8_t *bytes) {
      append_process(columns, *reinterpret_cast<const bs_process_row *>(bytes));
    });
    return columns;
  });

  seen_sockets seen;
  const unique_fd sockets = create_iterator(links.socket);
  read_rows(sockets.get(), sizeof(bs_socket_row), [&](const std::uint8_t *bytes) {
    const auto &row = *reinterpret_cast<const bs_socket_row *>(bytes);
    if (seen.insert(row.tgid, row.inode))
      append_socket(taken.sockets, row);
  });

  taken.processes = processes.get();
  taken.finished_at = boot_clock();
  return taken;
}

} // namespace bindscope::core
