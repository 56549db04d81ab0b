// SPDX-License-Identifier: Apache-2.0
//
// Other ways to a port: io_uring, MPTCP, SCTP.
#include <linux/io_uring.h>
#include <netinet/in.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>

#include "scenarios.h"
#include "servers.h"

namespace bindscope::scenarios {

namespace {

using handoff::fact;

// Numbers of Linux 6.11, which the headers of the build may lack.
constexpr std::uint8_t op_bind = 56;
constexpr std::uint8_t op_listen = 57;

// The least of io_uring that makes one call at a time.
class uring {
public:
  uring() {
    io_uring_params about{};
    fd_ = static_cast<int>(::syscall(SYS_io_uring_setup, 4, &about));
    if (fd_ < 0)
      throw not_supported(std::string("io_uring is not to be had: ") + std::strerror(errno));
    if ((about.features & IORING_FEAT_SINGLE_MMAP) == 0)
      throw not_supported("io_uring of this kernel is too old");
    rings_ = map(about.cq_off.cqes + about.cq_entries * sizeof(io_uring_cqe), IORING_OFF_SQ_RING);
    calls_ = reinterpret_cast<io_uring_sqe *>(
        map(about.sq_entries * sizeof(io_uring_sqe), IORING_OFF_SQES));
    about_ = about;
  }

  // Returns what the call returns: a negative errno, or not.
  int call(std::uint8_t operation, int fd, const void *address, std::uint64_t offset,
           std::uint32_t length) {
    io_uring_sqe &one = calls_[0];
    std::memset(&one, 0, sizeof(one));
    one.opcode = operation;
    one.fd = fd;
    one.addr = reinterpret_cast<std::uintptr_t>(address);
    one.off = offset;
    one.len = length;
    word(about_.sq_off.array)[0] = 0;
    std::atomic_thread_fence(std::memory_order_release);
    word(about_.sq_off.tail)[0]++;
    if (::syscall(SYS_io_uring_enter, fd_, 1, 1, IORING_ENTER_GETEVENTS, nullptr, 0) != 1)
      throw_errno("io_uring_enter");
    std::atomic_thread_fence(std::memory_order_acquire);
    std::uint32_t &head = word(about_.cq_off.head)[0];
    const auto *done = reinterpret_cast<const io_uring_cqe *>(rings_ + about_.cq_off.cqes);
    return done[head++ & word(about_.cq_off.ring_mask)[0]].res;
  }

private:
  std::uint8_t *map(std::size_t size, off_t offset) {
    void *mapped = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd_, offset);
    if (mapped == MAP_FAILED)
      throw_errno("mmap of io_uring");
    return static_cast<std::uint8_t *>(mapped);
  }
  std::uint32_t *word(std::uint32_t offset) {
    return reinterpret_cast<std::uint32_t *>(rings_ + offset);
  }

  int fd_ = -1;
  std::uint8_t *rings_ = nullptr;
  io_uring_sqe *calls_ = nullptr;
  io_uring_params about_{};
};

int bind_by(uring &ring, performer &me, int fd, const endpoint &where, std::uint16_t port) {
  const socket_address address = make_address(where.family, where.address, port);
  return me.bind(fd, address, [&] {
    const int result = ring.call(op_bind, fd, address.get(), address.length, 0);
    if (result == -EINVAL)
      throw not_supported("io_uring has no bind before Linux 6.11");
    return -result;
  });
}

void attempts_are_told_unless_by_system_call(stage &on) {
  if (on.told_by(fact::attempted, "tracepoint/syscalls/sys_enter_bind"))
    on.attempts_may_be_untold("attempts by io_uring are not told: this hook is on the system call");
}

void bind_by_io_uring(stage &on) {
  attempts_are_told_unless_by_system_call(on);
  on.start("server", [](performer &me) {
    uring ring;
    for (const endpoint &where : all_endpoints()) {
      const int fd = me.socket(where);
      errno = bind_by(ring, me, fd, where, 0);
      if (errno != 0)
        throw_errno("bind by io_uring");
      if (where.type == SOCK_STREAM && ring.call(op_listen, fd, nullptr, 0, 8) != 0)
        throw std::runtime_error("listen by io_uring failed");
      me.knows(where.name, fd);
      ::close(fd);
    }
  });
  on.wait_for("server");
  lived_everywhere(on);
}

void bind_refused_by_io_uring(stage &on) {
  attempts_are_told_unless_by_system_call(on);
  if (on.told_by(fact::bind_failed, "tracepoint/syscalls/sys_exit_bind"))
    on.refusals_are_untold(
        "failed binds by io_uring are not told: this hook is on the system call");
  if (on.told_by(fact::bind_failed, "cgroup/bind+task_work"))
    on.refusals_have_no_errno("the result of a request is in no register of the thread");
  on.start("server", [](performer &me) {
    uring ring;
    const int holder = me.socket(tcp4);
    me.must_bind(holder, tcp4);
    const int late = me.socket(tcp4);
    if (bind_by(ring, me, late, tcp4, local_address(holder).port()) != EADDRINUSE)
      throw std::runtime_error("a port in use was given twice");
    me.knows("holder", holder);
  });
  on.wait_for("server");
  on.told("holder", {BS_BOUND, BS_CLOSED});
}

int mptcp_socket(performer &me, const endpoint &where) {
  try {
    return me.socket(where, IPPROTO_MPTCP);
  } catch (const std::system_error &) {
    throw not_supported("the kernel has no MPTCP");
  }
}

// Told and shown as the TCP socket that is its first subflow; that one's cookie is the kernel's
// secret, so it is found by its port.
void serve_mptcp(stage &on) {
  const gate seen;
  on.start("server", [&](performer &me) {
    std::vector<int> open;
    for (const endpoint &where : endpoints(SOCK_STREAM)) {
      open.push_back(mptcp_socket(me, where));
      me.must_bind(open.back(), where);
      me.must_listen(open.back());
      me.knows(where.name, open.back());
    }
    me.reached("listening");
    seen.wait();
    close_all(open);
  });
  on.until("listening");
  for (const endpoint &where : endpoints(SOCK_STREAM))
    on.take_cookie_of_bound(where.name);
  on.look();
  for (const endpoint &where : endpoints(SOCK_STREAM))
    on.held(where.name, {"server"}, state_listen);
  seen.open();
  on.wait_for("server");
  for (const endpoint &where : endpoints(SOCK_STREAM))
    on.told(where.name, life_at(where));
}

// What a server of Go 1.24 or later meets: it listens by MPTCP where it can.
void bind_mptcp_to_a_port_in_use(stage &on) {
  if (on.told_by(fact::bind_failed, "cgroup/bind+sock_release"))
    on.refusals_are_untold("failed binds of MPTCP are not told: its subflow is let go unheard");
  on.start("server", [](performer &me) {
    const int holder = me.socket(tcp4);
    me.must_bind(holder, tcp4);
    me.must_listen(holder);
    me.knows("holder", holder);
    const int late = mptcp_socket(me, tcp4);
    if (me.bind(late, tcp4, local_address(holder).port()) != EADDRINUSE)
      throw std::runtime_error("a port in use was given twice");
  });
  on.wait_for("server");
  on.told("holder", {BS_BOUND, BS_LISTENING, BS_CLOSED});
}

// SCTP is neither TCP nor UDP, so nothing is told of it: neither true nor false.
void serve_sctp(stage &on) {
  on.start("server", [](performer &me) {
    const int fd = ::socket(AF_INET, SOCK_STREAM, IPPROTO_SCTP);
    if (fd < 0)
      throw not_supported("the kernel has no SCTP");
    const socket_address address = make_address(AF_INET, "127.0.0.1", 0);
    if (::bind(fd, address.get(), address.length) != 0)
      throw_errno("bind");
    me.must_listen(fd);
    me.knows("socket", fd);
    ::close(fd);
  });
  on.wait_for("server");
  on.told("socket", {});
}

} // namespace

const std::vector<scenario> protocols = {
    {"io-uring-bind", bind_by_io_uring},
    {"io-uring-bind-to-a-port-in-use", bind_refused_by_io_uring},
    {"mptcp", serve_mptcp},
    {"mptcp-bind-to-a-port-in-use", bind_mptcp_to_a_port_in_use},
    {"sctp-is-not-told", serve_sctp},
};

} // namespace bindscope::scenarios
