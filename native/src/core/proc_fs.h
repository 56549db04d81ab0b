// SPDX-License-Identifier: Apache-2.0
//
// Reading /proc. A process that vanishes while it is read is no error: the functions say nullopt or
// false and the caller leaves it out.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/unique_fd.h"

namespace bindscope::core {

// Replaces `out` by the whole file (relative to `directory`). False when it cannot be read.
bool read_file(const char *path, std::string &out);
bool read_file_at(int directory, const char *name, std::string &out);

// Pids below a /proc directory, ascending.
std::vector<std::uint32_t> list_pids(const char *proc = "/proc");

// The fields that we take of /proc/PID/stat.
struct process_stat {
  std::string_view comm; // points into the text parsed
  std::uint32_t parent;
  std::uint64_t start_ticks; // since boot
  bool ended;                // all threads are gone, and the parent has not asked how it ended
};

// comm may hold any character, `)` included: it ends at the last one.
std::optional<process_stat> parse_stat(std::string_view text);

// Nanoseconds of a count of clock ticks (sysconf(_SC_CLK_TCK) a second).
std::uint64_t nanoseconds_of_ticks(std::uint64_t ticks);

// The real uid in /proc/PID/status.
std::optional<std::uint32_t> parse_real_uid(std::string_view status);

// The path of the cgroup v2 hierarchy ("0::/…") in /proc/PID/cgroup.
std::optional<std::string_view> parse_cgroup2_path(std::string_view cgroups);

// The inode in a link such as `socket:[123]` or `net:[4026531840]`, where its kind is `kind`.
std::optional<std::uint64_t> parse_inode_link(std::string_view link, std::string_view kind);

// Target of a link; empty when it cannot be read.
std::string read_link_at(int directory, const char *name);

// The network namespace of a process (or of a thread, by the directory of its own); 0 where it
// cannot be read.
std::uint32_t read_netns(int process_directory);

// Inode number and device of a file, as stat(2) gives them; both 0 where it cannot be looked at.
struct file_id {
  std::uint64_t inode = 0;
  std::uint32_t device = 0;
};

// The file that the link PID/exe leads to, whatever its name is now.
file_id read_executable_id(int process_directory);

// Target of the link PID/exe, without the " (deleted)" that the kernel puts behind the path of a
// file that has no link any more. Empty when there is none or it cannot be read.
std::string read_executable(int process_directory);

// Ids of cgroups (the inode of their directory in the cgroup v2 file system) by path.
class cgroup_ids {
public:
  cgroup_ids();
  // 0 where there is no cgroup v2 or the directory cannot be looked at.
  std::uint64_t id(std::string_view path);

private:
  std::string mount_point_;
  std::unordered_map<std::string, std::uint64_t> known_;
};

} // namespace bindscope::core
