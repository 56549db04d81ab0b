// SPDX-License-Identifier: Apache-2.0
#include "helper/privileges.h"

#include <grp.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <iterator>
#include <system_error>

namespace bindscope::helper {

namespace {

constexpr uid_t nobody = 65534;

[[noreturn]] void throw_errno(const char *what) {
  throw std::system_error(errno, std::generic_category(), what);
}

struct capability_sets {
  std::uint64_t permitted = 0;
  std::uint64_t effective = 0;
};

capability_sets held_capabilities() {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {};
  if (::syscall(SYS_capget, &header, data) != 0)
    return {};
  return {data[0].permitted | static_cast<std::uint64_t>(data[1].permitted) << 32,
          data[0].effective | static_cast<std::uint64_t>(data[1].effective) << 32};
}

// Inheritable is none.
void keep_capabilities(const capability_sets &kept) {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {};
  for (std::size_t half = 0; half < std::size(data); half++) {
    data[half].permitted = static_cast<std::uint32_t>(kept.permitted >> 32 * half);
    data[half].effective = static_cast<std::uint32_t>(kept.effective >> 32 * half);
  }
  if (::syscall(SYS_capset, &header, data) != 0)
    throw_errno("capset");
}

void clear_bounding_set() {
  // Ends with EINVAL behind the last capability that the kernel knows; without CAP_SETPCAP (file
  // capabilities) the set cannot be lowered, and no_new_privs alone bars the way back.
  for (unsigned long capability = 0; ::prctl(PR_CAPBSET_READ, capability, 0, 0, 0) >= 0;
       capability++)
    if (::prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) != 0 && errno != EPERM)
      throw_errno("PR_CAPBSET_DROP");
}

void become(uid_t uid) {
  // Without CAP_SETUID and CAP_SETGID (file capabilities) the process is that user already.
  if (::geteuid() != 0)
    return;
  const uid_t user = uid == 0 ? nobody : uid;
  const gid_t group = nobody;
  if (::setgroups(0, nullptr) != 0)
    throw_errno("setgroups");
  if (::setresgid(group, group, group) != 0)
    throw_errno("setresgid");
  if (::setresuid(user, user, user) != 0)
    throw_errno("setresuid");
}

} // namespace

std::uint64_t effective_capabilities() {
  return held_capabilities().effective;
}

std::vector<std::string> missing_capabilities() {
  const std::uint64_t held = effective_capabilities();
  const auto has = [&](unsigned capability) { return (held >> capability & 1) != 0; };
  // CAP_SYS_ADMIN holds all that CAP_BPF and CAP_PERFMON were split from it for in 5.8.
  std::vector<std::string> missing;
  if (!has(CAP_NET_ADMIN))
    missing.push_back("CAP_NET_ADMIN");
  if (!has(CAP_SYS_ADMIN)) {
    if (!has(CAP_BPF))
      missing.push_back("CAP_BPF");
    if (!has(CAP_PERFMON))
      missing.push_back("CAP_PERFMON");
  }
  return missing;
}

bool drop_privileges(uid_t uid, const std::function<bool()> &needs_cap_bpf) {
  constexpr std::uint64_t cap_bpf = std::uint64_t{1} << CAP_BPF;
  // Else the change of user would take what may stay.
  if (::prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) != 0)
    throw_errno("PR_SET_KEEPCAPS");
  ::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
  clear_bounding_set();
  become(uid);
  const std::uint64_t may_stay = held_capabilities().permitted & cap_bpf;
  keep_capabilities({may_stay, 0});
  if (::prctl(PR_SET_KEEPCAPS, 0, 0, 0, 0) != 0)
    throw_errno("PR_SET_KEEPCAPS");
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
    throw_errno("PR_SET_NO_NEW_PRIVS");
  const bool stays = may_stay != 0 && needs_cap_bpf();
  keep_capabilities(stays ? capability_sets{may_stay, may_stay} : capability_sets{});
  if (::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
    throw_errno("PR_SET_DUMPABLE");
  return stays;
}

} // namespace bindscope::helper
