// SPDX-License-Identifier: Apache-2.0
//
// What the helper can still do once it has handed over: hold its links and wait.
#include <doctest/doctest.h>

#include <fcntl.h>
#include <linux/bpf.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <functional>
#include <map>

#include "helper/confinement.h"
#include "helper/peer.h"
#include "helper_live.h"
#include "helper_processes.h"

using namespace bindscope;
using namespace bindscope::helper;
using namespace bindscope::helper::test;

namespace {

// A child that does this with the filter on; its exit status is what `act` returns.
pid_t fork_behind_filter(const std::function<int()> &act,
                         const std::function<void()> &filter = allow_waiting_only) {
  return fork_for([&] {
    if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
      return 98;
    filter();
    return act();
  });
}

bool sleeps(pid_t pid) {
  return status_field(pid, "State").rfind("S", 0) == 0;
}

} // namespace

TEST_CASE("after the hand-off the helper has no privilege left") {
  REQUIRE_ROOT();
  live_helper helper;
  const pid_t pid = helper.pid();
  // What the kernel needs of it before 5.19 is tested with the iterators.
  if (helper.message().iterators == handoff::iterators::by_peer)
    for (const char *set : {"CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"})
      CHECK(status_field(pid, set) == "0000000000000000");
  check_given_up(pid, 65534);
  CHECK(confined(pid));
}

TEST_CASE("after the hand-off nothing is open but the peer's socket and what keeps the programs at "
          "work") {
  REQUIRE_ROOT();
  live_helper helper({}, [] {
    for (const int fd : {3, 70, 300})
      ::dup2(2, fd);
  });
  REQUIRE(confined(helper.pid()));
  const std::map<int, std::string> open = descriptors_of(helper.pid());
  REQUIRE(open.count(0) == 1);
  CHECK(open.at(0).rfind("socket:", 0) == 0);
  CHECK(open.size() > 9);
  int maps = 0;
  for (const auto &[fd, what] : open) {
    CAPTURE(fd);
    if (what == "anon_inode:bpf-map")
      maps++;
    // Before Linux 5.15 a tracepoint or kprobe is held by its perf event.
    else if (fd != 0)
      CHECK((what == "anon_inode:bpf_link" || what == "anon_inode:bpf-link" ||
             what == "anon_inode:[perf_event]" || what == "anon_inode:bpf-raw-tracepoint"));
  }
  // Task work is refused once nobody has its map open.
  CHECK(maps == helper.attached(handoff::fact::bind_failed, "cgroup/bind+task_work"));
}

TEST_CASE("after the hand-off the helper can make no descriptor, process, file or core dump") {
  REQUIRE_ROOT();
  live_helper helper;
  REQUIRE(confined(helper.pid()));
  CHECK(limit_of(helper.pid(), "Max open files") ==
        (helper.message().iterators == handoff::iterators::by_peer ? "1 1" : "2 2"));
  CHECK(limit_of(helper.pid(), "Max processes") == "0 0");
  CHECK(limit_of(helper.pid(), "Max file size") == "0 0");
  CHECK(limit_of(helper.pid(), "Max core file size") == "0 0");
}

TEST_CASE("a confined helper keeps every program attached") {
  REQUIRE_ROOT();
  live_helper helper;
  REQUIRE(confined(helper.pid()));
  test_socket socket(AF_INET, SOCK_STREAM);
  REQUIRE(socket.bind() == 0);
  REQUIRE(socket.listen() == 0);
  const in_port_t port = socket.port();
  const __u64 cookie = socket.cookie();
  test_socket late(AF_INET, SOCK_STREAM);
  CHECK(late.bind(port) == EADDRINUSE);
  socket.close();
  const std::vector<record> told = helper.of_cookie(cookie);
  REQUIRE(!told.empty());
  CHECK(told.back().event.kind == BS_CLOSED);
  CHECK(told.back().event.port == port);
  CHECK(helper.of_kind(BS_LISTENING).size() == 1);
  CHECK(helper.of_kind(BS_BIND_FAILED).size() == 1);
  CHECK(!helper.rows<bs_process_row>(handoff::descriptor::iter_process).empty());
}

TEST_CASE("behind the filter any system call but those of waiting and ending kills") {
  const std::vector<long> forbidden = {
      SYS_read,
      SYS_write,
      SYS_openat,
      SYS_close,
      SYS_dup3,
      SYS_mmap,
      SYS_mprotect,
      SYS_munmap,
      SYS_brk,
      SYS_socket,
      SYS_connect,
      SYS_sendmsg,
      SYS_recvmsg,
      SYS_ioctl,
      SYS_fcntl,
      SYS_bpf,
      SYS_prctl,
      SYS_ptrace,
      SYS_kill,
      SYS_clone,
      SYS_execve,
      SYS_prlimit64,
      SYS_setresuid,
      SYS_getpid,
      SYS_futex,
      SYS_memfd_create,
      SYS_mount,
      SYS_process_vm_readv,
      SYS_seccomp,
      SYS_io_uring_setup,
      SYS_pidfd_getfd,
      SYS_perf_event_open,
      -1,
      9999,
  };
  for (const long call : forbidden) {
    CAPTURE(call);
    CHECK(killed_by(fork_behind_filter([&] {
            ::syscall(call, 0, 0, 0, 0, 0, 0);
            return 0;
          })) == SIGSYS);
  }
}

TEST_CASE("behind the filter of one that starts iterators nothing is added but those few calls") {
  constexpr int socket = 5;
  const auto allow = [] { allow_serving_iterators(socket); };
  const auto ended_by = [&](long call, long first) {
    return killed_by(fork_behind_filter(
        [&] {
          ::syscall(call, first, 0, 0, 0, 0, 0);
          return 0;
        },
        allow));
  };
  CHECK(ended_by(SYS_bpf, BPF_ITER_CREATE) == 0);
  CHECK(ended_by(SYS_recvmsg, socket) == 0);
  CHECK(ended_by(SYS_sendmsg, socket) == 0);
  CHECK(ended_by(SYS_close, 1) == 0);

  for (long command = 0; command < 64; command++) {
    CAPTURE(command);
    if (command != BPF_ITER_CREATE)
      CHECK(ended_by(SYS_bpf, command) == SIGSYS);
  }
  for (const long call : {SYS_recvmsg, SYS_sendmsg})
    for (const long fd : {0, 1, 4, 6, -1})
      CHECK(ended_by(call, fd) == SIGSYS);
  for (const long call : {SYS_read, SYS_write, SYS_recvfrom, SYS_sendto, SYS_recvmmsg, SYS_openat,
                          SYS_mmap, SYS_prlimit64, SYS_dup3, SYS_execve, SYS_ptrace, SYS_capset})
    CHECK(ended_by(call, socket) == SIGSYS);
}

#if defined(__x86_64__)
TEST_CASE("behind the filter the calls of another architecture kill, whatever their number") {
  // 7 is poll for us and waitpid for i386.
  const int signal = killed_by(fork_behind_filter([] {
    long result = 7;
    asm volatile("int $0x80" : "+a"(result) : "b"(0), "c"(0), "d"(0) : "memory");
    return 0;
  }));
  // The second where the kernel has no i386 at all.
  CHECK((signal == SIGSYS || signal == SIGSEGV));
  constexpr long x32 = 0x40000000;
  CHECK(killed_by(fork_behind_filter([] {
          ::syscall(x32 | SYS_poll, 0, 0, 0);
          return 0;
        })) == SIGSYS);
}
#endif

TEST_CASE("behind the filter a hang-up is awaited through signals and stops, and it can end") {
  int ends[2];
  REQUIRE(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == 0);
  const core::unique_fd theirs(ends[0]);
  core::unique_fd ours(ends[1]);
  const pid_t child = fork_for([&] {
    ours.reset();
    ::signal(SIGUSR1, [](int) {});
    if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
      return 98;
    allow_waiting_only();
    wait_for_hangup(theirs.get());
    return 7;
  });
  REQUIRE(confined(child));
  REQUIRE(eventually([&] { return sleeps(child); }));
  REQUIRE(::kill(child, SIGUSR1) == 0);
  REQUIRE(eventually([&] { return status_field(child, "SigPnd") == "0000000000000000"; }));
  REQUIRE(::kill(child, SIGSTOP) == 0);
  REQUIRE(eventually([&] { return status_field(child, "State").rfind("T", 0) == 0; }));
  REQUIRE(::kill(child, SIGCONT) == 0);
  REQUIRE(eventually([&] { return sleeps(child); }));
  ours.reset();
  const int status = wait_for_exit(child);
  REQUIRE(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 7);
}

TEST_CASE("all descriptors are closed but those that are needed") {
  for (const std::vector<int> &needed :
       {std::vector<int>{}, {0}, {70, 0, 5}, {1, 2, 300}, {5, 5, 6}}) {
    CAPTURE(needed.size());
    const pid_t child = fork_for([&] {
      for (const int fd : {0, 1, 2, 3, 5, 6, 69, 70, 71, 300})
        ::dup2(::open("/dev/null", O_RDWR), fd);
      close_all_but(needed);
      for (int fd = 0; fd < 1024; fd++) {
        const bool is_needed = std::find(needed.begin(), needed.end(), fd) != needed.end();
        if ((::fcntl(fd, F_GETFD) >= 0) != is_needed)
          return 1;
      }
      return 0;
    });
    CHECK(wait_for_exit(child) == 0);
  }
}

TEST_CASE("with its resources limited a process can wait, and begin nothing") {
  int ends[2];
  REQUIRE(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == 0);
  const core::unique_fd theirs(ends[0]), ours(ends[1]);
  const pid_t child = fork_for([&] {
    // Root is not held to a number of processes.
    if (::geteuid() == 0 && ::setresuid(65534, 65534, 65534) != 0)
      return 1;
    limit_resources(1);
    if (::open("/dev/null", O_RDONLY) >= 0 || errno != EMFILE)
      return 2;
    if (const pid_t grandchild = ::fork(); grandchild >= 0 || errno != EAGAIN)
      return 3;
    pollfd watched{theirs.get(), POLLIN, 0};
    return ::poll(&watched, 1, 0) == 0 ? 0 : 4;
  });
  const int status = wait_for_exit(child);
  REQUIRE(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
}
