// SPDX-License-Identifier: Apache-2.0
#include "helper/confinement.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <system_error>

namespace bindscope::helper {

namespace {

[[noreturn]] void throw_errno(const char *what) {
  throw std::system_error(errno, std::generic_category(), what);
}

void limit(decltype(RLIMIT_CORE) resource, rlim_t most, const char *name) {
  const rlimit both{most, most};
  if (::setrlimit(resource, &both) != 0)
    throw_errno(name);
}

#if defined(__x86_64__)
constexpr std::uint32_t architecture = 0xc000003e; // AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
constexpr std::uint32_t architecture = 0xc00000b7; // AUDIT_ARCH_AARCH64
#else
#error "name the AUDIT_ARCH of this architecture"
#endif

// What a process that waits in poll and then ends calls. Anything else kills it.
constexpr std::uint32_t allowed_calls[] = {
#ifdef SYS_poll
    SYS_poll,
#endif
#ifdef __SANITIZE_ADDRESS__
    // The sanitizer looks at it before every function that does not return.
    SYS_sigaltstack,
#endif
    SYS_ppoll,
    SYS_restart_syscall,
    SYS_rt_sigreturn,
    SYS_exit_group,
    SYS_exit,
};

constexpr sock_filter statement(std::uint16_t code, std::uint32_t operand) {
  return {code, 0, 0, operand};
}

// Numbers are compared whole, so those of x32, which carry a bit more, are none of ours.
constexpr auto waiting_filter() {
  std::array<sock_filter, 5 + 2 * std::size(allowed_calls)> program{};
  std::size_t length = 0;
  program[length++] = statement(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, arch));
  program[length++] = {BPF_JMP | BPF_JEQ | BPF_K, 1, 0, architecture};
  program[length++] = statement(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS);
  program[length++] = statement(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr));
  for (const std::uint32_t call : allowed_calls) {
    program[length++] = {BPF_JMP | BPF_JEQ | BPF_K, 0, 1, call};
    program[length++] = statement(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
  }
  program[length++] = statement(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS);
  return program;
}

bool kernel_has_seccomp() {
  return ::prctl(PR_GET_SECCOMP, 0, 0, 0, 0) >= 0 || errno != EINVAL;
}

} // namespace

void close_all_but(std::vector<int> needed) {
  std::sort(needed.begin(), needed.end());
  unsigned first = 0; // of the gap before the next one needed
  for (const int fd : needed) {
    const auto kept = static_cast<unsigned>(fd);
    if (kept > first && ::close_range(first, kept - 1, 0) != 0)
      throw_errno("close_range");
    first = kept + 1;
  }
  if (::close_range(first, ~0U, 0) != 0)
    throw_errno("close_range");
}

void limit_resources() {
  limit(RLIMIT_CORE, 0, "RLIMIT_CORE");
  limit(RLIMIT_FSIZE, 0, "RLIMIT_FSIZE");
  limit(RLIMIT_NPROC, 0, "RLIMIT_NPROC");
  // poll refuses to watch more descriptors than may be open.
  limit(RLIMIT_NOFILE, 1, "RLIMIT_NOFILE");
}

void allow_waiting_only() {
  // No heap: giving it back afterwards could be a system call.
  static constexpr auto program = waiting_filter();
  const sock_fprog filter{static_cast<unsigned short>(program.size()),
                          const_cast<sock_filter *>(program.data())};
  // A kernel without seccomp goes without: everything else is dropped all the same.
  if (::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter, 0, 0) != 0 && kernel_has_seccomp())
    throw_errno("PR_SET_SECCOMP");
}

} // namespace bindscope::helper
