// SPDX-License-Identifier: Apache-2.0
#include "identity.h"

#include <fcntl.h>

#include <optional>
#include <stdexcept>

#include "core/proc_fs.h"
#include "core/unique_fd.h"

namespace bindscope::scenarios {

identity read_identity(std::uint32_t pid) {
  const core::unique_fd directory(
      ::open(("/proc/" + std::to_string(pid)).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  std::string stat, status, cgroup;
  identity found;
  found.pid = pid;
  if (!directory || !core::read_file_at(directory.get(), "stat", stat) ||
      !core::read_file_at(directory.get(), "status", status) ||
      !core::read_file_at(directory.get(), "cgroup", cgroup) ||
      !core::read_file_at(directory.get(), "cmdline", found.args))
    throw std::runtime_error("process " + std::to_string(pid) + " cannot be read");
  const std::optional<core::process_stat> parsed = core::parse_stat(stat);
  if (!parsed)
    throw std::runtime_error("/proc/PID/stat cannot be read");
  found.comm = parsed->comm;
  found.parent = parsed->parent;
  found.start_ticks = parsed->start_ticks;
  found.uid = core::parse_real_uid(status).value_or(0);
  found.netns = core::read_netns(directory.get());
  core::cgroup_ids ids;
  if (const auto path = core::parse_cgroup2_path(cgroup))
    found.cgroup = ids.id(*path);
  found.executable = core::read_executable(directory.get());
  const core::file_id file = core::read_executable_id(directory.get());
  found.exe_inode = file.inode;
  found.exe_device = file.device;
  return found;
}

std::uint64_t ticks_of(std::uint64_t nanoseconds) {
  static const std::uint64_t tick = core::nanoseconds_of_ticks(1);
  return nanoseconds / tick;
}

} // namespace bindscope::scenarios
