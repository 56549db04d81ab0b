// SPDX-License-Identifier: Apache-2.0
#include "helper/confinement.h"

#include <linux/bpf.h>
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

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the low half of an argument is first");

// Built without a heap: giving it back afterwards could be a system call.
class allow_list {
public:
  constexpr allow_list() {
    add({BPF_LD | BPF_W | BPF_ABS, 0, 0, offsetof(seccomp_data, arch)});
    add({BPF_JMP | BPF_JEQ | BPF_K, 1, 0, architecture});
    kill();
    add({BPF_LD | BPF_W | BPF_ABS, 0, 0, offsetof(seccomp_data, nr)});
  }

  // Numbers are compared whole, so those of x32, which carry a bit more, are none of ours.
  constexpr void allow(std::uint32_t call) {
    add({BPF_JMP | BPF_JEQ | BPF_K, 0, 1, call});
    add({BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW});
  }

  // Only with this first argument, an int: the kernel, too, looks at its low half alone.
  constexpr void allow_with(std::uint32_t call, std::uint32_t argument) {
    add({BPF_JMP | BPF_JEQ | BPF_K, 0, 4, call});
    add({BPF_LD | BPF_W | BPF_ABS, 0, 0, offsetof(seccomp_data, args)});
    add({BPF_JMP | BPF_JEQ | BPF_K, 0, 1, argument});
    add({BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW});
    kill();
  }

  // What a process calls that waits in poll and then ends.
  constexpr void allow_waiting() {
#ifdef SYS_poll
    allow(SYS_poll);
#endif
#ifdef __SANITIZE_ADDRESS__
    // The sanitizer looks at it before every function that does not return.
    allow(SYS_sigaltstack);
#endif
    for (const std::uint32_t call :
         {SYS_ppoll, SYS_restart_syscall, SYS_rt_sigreturn, SYS_exit_group, SYS_exit})
      allow(call);
  }

  // Anything else kills from here on. Returns 0 or an errno.
  int enforce() {
    kill();
    const sock_fprog program{length_, code_.data()};
    return ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) == 0 ? 0 : errno;
  }

private:
  constexpr void add(const sock_filter &instruction) {
    code_[length_++] = instruction;
  }
  constexpr void kill() {
    add({BPF_RET | BPF_K, 0, 0, SECCOMP_RET_KILL_PROCESS});
  }

  std::array<sock_filter, 48> code_{};
  unsigned short length_ = 0;
};

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

void limit_resources(unsigned descriptors) {
  limit(RLIMIT_CORE, 0, "RLIMIT_CORE");
  limit(RLIMIT_FSIZE, 0, "RLIMIT_FSIZE");
  limit(RLIMIT_NPROC, 0, "RLIMIT_NPROC");
  limit(RLIMIT_NOFILE, descriptors, "RLIMIT_NOFILE");
}

bool kernel_has_filters() {
  // Asked for a filter without saying which, a kernel that knows none does not get as far as that.
  return ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, nullptr, 0, 0) != 0 && errno == EFAULT;
}

void allow_waiting_only() {
  allow_list list;
  list.allow_waiting();
  // A kernel without filters goes without: everything else is dropped all the same.
  if (const int error = list.enforce(); error != 0 && kernel_has_filters())
    throw std::system_error(error, std::generic_category(), "PR_SET_SECCOMP");
}

void allow_serving_iterators(int socket) {
  const auto fd = static_cast<std::uint32_t>(socket);
  allow_list list;
  list.allow_waiting();
  list.allow_with(SYS_recvmsg, fd);
  list.allow_with(SYS_sendmsg, fd);
  list.allow_with(SYS_bpf, BPF_ITER_CREATE);
  list.allow(SYS_close);
  if (const int error = list.enforce(); error != 0)
    throw std::system_error(error, std::generic_category(), "PR_SET_SECCOMP");
}

} // namespace bindscope::helper
