// SPDX-License-Identifier: Apache-2.0
#include "core/snapshot_proc.h"

#include <dirent.h>
#include <fcntl.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <system_error>
#include <unordered_map>

#include "core/clocks.h"
#include "core/entered_namespace.h"
#include "core/proc_fs.h"
#include "core/records.h"
#include "core/sock_diag.h"

namespace bindscope::core {

namespace {

struct holding {
  std::uint64_t inode;
  std::uint32_t pid;

  bool operator<(const holding &other) const {
    return inode != other.inode ? inode < other.inode : pid < other.pid;
  }
  bool operator==(const holding &other) const { return inode == other.inode && pid == other.pid; }
};

// Tells nothing where the descriptors may not be read.
void append_holdings(int process_directory, std::uint32_t pid, std::vector<holding> &holdings) {
  const int fd = ::openat(process_directory, "fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0)
    return;
  const std::unique_ptr<DIR, int (*)(DIR *)> directory(::fdopendir(fd), ::closedir);
  if (!directory) {
    ::close(fd);
    return;
  }
  char target[64]; // longer links are no sockets
  while (const dirent *entry = ::readdir(directory.get())) {
    const ssize_t length = ::readlinkat(fd, entry->d_name, target, sizeof(target));
    if (length <= 0)
      continue;
    if (const auto inode = parse_inode_link({target, static_cast<std::size_t>(length)}, "socket"))
      holdings.push_back({*inode, pid});
  }
}

class proc_reader {
public:
  explicit proc_reader(process_columns &columns) : columns_(columns) {}

  // False when the process is gone, has ended or is not to be seen.
  bool append(int directory, std::uint32_t pid, std::uint32_t netns) {
    if (!read_file_at(directory, "stat", stat_) || !read_file_at(directory, "status", status_))
      return false;
    const std::optional<process_stat> stat = parse_stat(stat_);
    const std::optional<std::uint32_t> uid = parse_real_uid(status_);
    if (!stat || stat->ended || !uid)
      return false;
    const std::string executable = read_executable(directory);
    const file_id file = read_executable_id(directory);
    if (!read_file_at(directory, "cmdline", args_))
      args_.clear();
    std::uint64_t cgroup = 0;
    if (read_file_at(directory, "cgroup", cgroup_))
      if (const auto path = parse_cgroup2_path(cgroup_))
        cgroup = cgroups_.id(*path);

    columns_.pid.push_back(pid);
    columns_.parent.push_back(stat->parent);
    columns_.uid.push_back(*uid);
    columns_.start_time.push_back(nanoseconds_of_ticks(stat->start_ticks));
    columns_.cgroup.push_back(cgroup);
    columns_.netns.push_back(netns);
    columns_.args_length.push_back(static_cast<std::uint32_t>(args_.size()));
    columns_.executable_known.push_back(executable.empty() ? 0 : 1);
    columns_.executable_device.push_back(file.device);
    columns_.executable_inode.push_back(file.inode);
    columns_.name.push(stat->comm);
    columns_.executable.push(executable);
    columns_.args.push(std::string_view(args_).substr(0, BS_ARGS_LENGTH));
    return true;
  }

private:
  process_columns &columns_;
  cgroup_ids cgroups_;
  std::string stat_, status_, args_, cgroup_;
};

void append_sockets(int netlink, std::uint32_t netns, const user_map &users,
                    const std::vector<holding> &holdings, socket_columns &columns) {
  dump_sockets(netlink, [&](diag_socket socket) {
    socket.uid = users.outside(socket.uid);
    auto holder = std::lower_bound(holdings.begin(), holdings.end(), holding{socket.inode, 0});
    if (holder == holdings.end() || holder->inode != socket.inode)
      append_socket(columns, socket, 0, netns);
    for (; holder != holdings.end() && holder->inode == socket.inode; ++holder)
      append_socket(columns, socket, holder->pid, netns);
  });
}

// A network namespace that is not ours, and a process that is in it.
struct other_namespace {
  unique_fd handle;
  unique_fd process;
};

} // namespace

snapshot take_snapshot_by_proc() {
  snapshot taken;
  taken.source = snapshot_source::proc;
  taken.started_at = boot_clock();

  const unique_fd proc(::open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  const unique_fd self(::openat(proc.get(), "thread-self", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  const std::uint32_t own_netns = read_netns(self.get());
  std::unordered_map<std::uint32_t, other_namespace> others;
  std::vector<holding> holdings;

  proc_reader reader(taken.processes);
  for (const std::uint32_t pid : list_pids()) {
    unique_fd directory(
        ::openat(proc.get(), std::to_string(pid).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!directory)
      continue;
    const std::uint32_t netns = read_netns(directory.get());
    if (!reader.append(directory.get(), pid, netns))
      continue;
    append_holdings(directory.get(), pid, holdings);
    if (netns != 0 && netns != own_netns && others.find(netns) == others.end())
      if (unique_fd handle{::openat(directory.get(), "ns/net", O_RDONLY | O_CLOEXEC)})
        others.emplace(netns, other_namespace{std::move(handle), std::move(directory)});
  }
  std::sort(holdings.begin(), holdings.end());
  holdings.erase(std::unique(holdings.begin(), holdings.end()), holdings.end());

  append_sockets(open_sock_diag().get(), own_netns, user_map(), holdings, taken.sockets);
  for (const auto &[netns, other] : others) {
    const auto entered = open_sock_diag_in(other.handle, other.process);
    if (!entered)
      continue;
    try {
      append_sockets(entered->netlink.get(), netns, entered->users, holdings, taken.sockets);
    } catch (const std::system_error &) {
      // Rows read so far stand; a namespace that dies under us has none left to tell.
    }
  }

  taken.finished_at = boot_clock();
  return taken;
}

} // namespace bindscope::core
