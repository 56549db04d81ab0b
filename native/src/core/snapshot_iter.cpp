// SPDX-License-Identifier: Apache-2.0
#include "core/snapshot_iter.h"

#include <fcntl.h>
#include <linux/bpf.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/syscall.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <functional>
#include <future>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <system_error>
#include <tuple>
#include <unordered_set>

#include "core/clocks.h"
#include "core/path_components.h"
#include "core/proc_fs.h"
#include "core/seen_set.h"
#include "core/sock_diag.h"

namespace bindscope::core {

namespace {

std::string_view bounded(const char *bytes, std::size_t size, std::size_t limit) {
  return {bytes, std::min(size, limit)};
}

process_columns read_processes(const iterator_links &links) {
  process_columns columns;
  const unique_fd iterator = start_iterator(links, handoff::fact::processes);
  read_rows(iterator.get(), sizeof(bs_process_row), [&](const std::uint8_t *bytes) {
    append_process(columns, *reinterpret_cast<const bs_process_row *>(bytes));
  });
  return columns;
}

socket_columns read_sockets(const iterator_links &links) {
  socket_columns columns;
  seen_set seen; // of one process: its rows come one after the other
  std::uint32_t tgid = 0;
  const unique_fd iterator = start_iterator(links, handoff::fact::sockets);
  read_rows(iterator.get(), sizeof(bs_socket_row), [&](const std::uint8_t *bytes) {
    const auto &row = *reinterpret_cast<const bs_socket_row *>(bytes);
    if (row.tgid != tgid) {
      tgid = row.tgid;
      seen.clear();
    }
    if (seen.insert(row.inode))
      append_socket(columns, row);
  });
  return columns;
}

std::vector<diag_socket> read_bound_sockets() {
  std::vector<diag_socket> sockets;
  dump_bound_sockets(open_sock_diag().get(),
                     [&](const diag_socket &socket) { sockets.push_back(socket); });
  return sockets;
}

// Above this many questions a whole dump costs less.
constexpr std::size_t most_questions = 16;

std::vector<diag_socket> read_those_still_there(const std::vector<diag_socket> &sockets) {
  const unique_fd netlink = open_sock_diag();
  std::vector<diag_socket> found;
  std::unordered_set<std::uint64_t> wanted;
  std::set<std::tuple<std::uint8_t, std::uint8_t, bool, std::uint16_t>> places;
  for (const diag_socket &socket : sockets) {
    const bool hashed = socket.protocol == IPPROTO_UDP || socket.state == TCP_LISTEN;
    if (sockets.size() <= most_questions && hashed && socket_exists(netlink.get(), socket)) {
      found.push_back(socket);
      continue;
    }
    wanted.insert(socket.cookie);
    places.emplace(socket.family, socket.protocol, socket.state == TCP_LISTEN, socket.port);
  }
  // Each once, however often the kernel tells it.
  const auto take = [&](const diag_socket &socket) {
    if (wanted.erase(socket.cookie) != 0)
      found.push_back(socket);
  };
  if (places.size() > most_questions)
    dump_bound_sockets(netlink.get(), take);
  else
    for (const auto &[family, protocol, listens, port] : places)
      dump_bound_sockets_at(netlink.get(), family, protocol, listens, port, take);
  return found;
}

// See dump_is_due. None where the kernel's count cannot be read.
std::optional<std::int64_t> balance_of(const socket_columns &columns, std::uint32_t own_netns) {
  std::int64_t balance = 0;
  std::string text;
  for (const char *path : {"/proc/thread-self/net/sockstat", "/proc/thread-self/net/sockstat6"}) {
    const std::optional<std::int64_t> in_use =
        read_file(path, text) ? parse_sockets_in_use(text) : std::nullopt;
    if (!in_use && balance == 0)
      return std::nullopt;
    balance += in_use.value_or(0); // without IPv6 the second is missing
  }
  return balance - std::count(columns.netns.begin(), columns.netns.end(), own_netns);
}

void append_holderless(socket_columns &columns, std::future<std::vector<diag_socket>> dump,
                       const iterator_links &links, const holderless_state &last,
                       known_holderless &known) {
  const unique_fd self(::open("/proc/thread-self", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  const std::uint32_t netns = read_netns(self.get());
  holderless_state now{{}, columns.pid.size(), balance_of(columns, netns), boot_clock()};
  try {
    const holder_checks checks{read_those_still_there, [&] { return read_sockets(links); }};
    bool due = dump_is_due(last, now.rows, now.balance, now.dumped_at);
    if (!due) {
      now.dumped_at = last.dumped_at;
      now.sockets = find_holderless(last.sockets, columns, last.sockets, checks);
      // One that has a holder now, or is gone, may hide a new one from the balance.
      due = now.sockets.size() < last.sockets.size();
    }
    if (due) {
      now.dumped_at = boot_clock();
      now.sockets = find_holderless(dump.get(), columns, last.sockets, checks);
    }
  } catch (const std::system_error &) {
    return; // no sock_diag here: the iterators' rows stand
  }
  for (const diag_socket &socket : now.sockets)
    append_socket(columns, socket, 0, netns);
  known.remember(std::move(now));
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

unique_fd start_iterator(const iterator_links &links, handoff::fact told) {
  if (links.helper)
    return links.helper->start(told);
  return create_iterator(told == handoff::fact::processes ? links.process : links.socket);
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
  columns.executable_device.push_back(row.exe_device);
  columns.executable_inode.push_back(row.exe_inode);
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

snapshot take_snapshot_by_iterators(const iterator_links &links, known_holderless &known) {
  snapshot taken;
  taken.source = snapshot_source::iterators;
  taken.started_at = boot_clock();
  const holderless_state last = known.recall();

  // All three are the kernel's work, and independent of each other.
  std::future<process_columns> processes =
      std::async(std::launch::async, read_processes, std::cref(links));
  std::future<std::vector<diag_socket>> dump =
      std::async(last.rows <= always_dumped_rows ? std::launch::async : std::launch::deferred,
                 read_bound_sockets);
  taken.sockets = read_sockets(links);

  append_holderless(taken.sockets, std::move(dump), links, last, known);
  taken.processes = processes.get();
  taken.finished_at = boot_clock();
  return taken;
}

} // namespace bindscope::core
