// SPDX-License-Identifier: Apache-2.0
#include "helper/kernel_mounts.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/vfs.h>

#include <cerrno>
#include <fstream>
#include <system_error>

#include "helper/mountinfo.h"

namespace bindscope::helper {

namespace {

// Directories that exist for these mounts wherever the kernel knows the file systems.
constexpr const char *cgroup_point = "/sys/fs/cgroup";
constexpr const char *tracefs_point = "/sys/kernel/tracing";
// Where libbpf looks first.
constexpr const char *debugfs_tracefs_point = "/sys/kernel/debug/tracing";
constexpr const char *securityfs_point = "/sys/kernel/security";
constexpr const char *security_modules = "/sys/kernel/security/lsm";

bool has_type(const char *path, decltype(statfs::f_type) magic) {
  struct statfs found {};
  return ::statfs(path, &found) == 0 && found.f_type == magic;
}

// A mount may be covered by a later one, so the type is read from the descriptor.
core::unique_fd open_cgroup2(const std::string &path) {
  core::unique_fd root(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  struct statfs found {};
  if (root && ::fstatfs(root.get(), &found) == 0 && found.f_type == CGROUP2_SUPER_MAGIC)
    return root;
  return core::unique_fd();
}

std::string words_of(int error) {
  return std::generic_category().message(error);
}

} // namespace

bool kernel_mounts::own_namespace(std::string &reason) {
  if (private_)
    return true;
  if (::unshare(CLONE_NEWNS) != 0 ||
      ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) {
    reason = "no mount namespace of our own: " + words_of(errno);
    return false;
  }
  private_ = true;
  return true;
}

bool kernel_mounts::mount_privately(const char *type, const char *point, std::string &reason) {
  if (!own_namespace(reason)) {
    reason = std::string(type) + " is not mounted, and " + reason;
    return false;
  }
  if (::mount(type, point, type, MS_NOSUID | MS_NODEV | MS_NOEXEC, nullptr) == 0)
    return true;
  reason = std::string(type) + " is not mounted and cannot be: " +
           (errno == ENODEV ? "the kernel does not know it" : words_of(errno));
  return false;
}

int kernel_mounts::cgroup_root(std::string &reason) {
  if (cgroup_root_)
    return cgroup_root_.get();
  std::ifstream lines("/proc/self/mountinfo");
  for (const mount_entry &entry : parse_mountinfo(lines)) {
    if (entry.type != "cgroup2" || entry.root != "/")
      continue;
    cgroup_root_ = open_cgroup2(entry.point);
    if (cgroup_root_)
      return cgroup_root_.get();
  }
  if (!mount_privately("cgroup2", cgroup_point, reason))
    return -1;
  cgroup_root_ = open_cgroup2(cgroup_point);
  if (!cgroup_root_)
    reason = "cgroup2 was mounted but cannot be opened: " + words_of(errno);
  return cgroup_root_.get();
}

bool kernel_mounts::tracefs(std::string &reason) {
  return has_type(debugfs_tracefs_point, TRACEFS_MAGIC) || has_type(tracefs_point, TRACEFS_MAGIC) ||
         mount_privately("tracefs", tracefs_point, reason);
}

bool kernel_mounts::asks_bpf_as_security_module(std::string &reason) {
  if (!has_type(securityfs_point, SECURITYFS_MAGIC) &&
      !mount_privately("securityfs", securityfs_point, reason))
    return false;
  std::ifstream file(security_modules);
  for (std::string name; std::getline(file, name, ',');)
    if (name.substr(0, name.find('\n')) == "bpf")
      return true;
  reason = "bpf is not in the kernel's list of security modules (lsm=)";
  return false;
}

} // namespace bindscope::helper
