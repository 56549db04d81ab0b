// SPDX-License-Identifier: Apache-2.0
//
// Snapshots by sock_diag and /proc of the machine that the test runs on.
#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <fcntl.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <limits>
#include <optional>
#include <string>
#include <system_error>
#include <utility>

#include "core/clocks.h"
#include "core/proc_fs.h"
#include "core/snapshot_proc.h"
#include "core/sock_diag.h"

using namespace bindscope::core;

namespace {

struct bound_socket {
  unique_fd fd;
  std::uint16_t port = 0;
};

bound_socket bind_socket(int family, int type, bool listening) {
  bound_socket made{unique_fd(::socket(family, type | SOCK_CLOEXEC, 0)), 0};
  sockaddr_storage address{};
  address.ss_family = static_cast<sa_family_t>(family);
  if (family == AF_INET)
    reinterpret_cast<sockaddr_in *>(&address)->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  else
    reinterpret_cast<sockaddr_in6 *>(&address)->sin6_addr = in6addr_loopback;
  REQUIRE(::bind(made.fd.get(), reinterpret_cast<sockaddr *>(&address), sizeof(address)) == 0);
  if (listening)
    REQUIRE(::listen(made.fd.get(), 1) == 0);
  socklen_t length = sizeof(address);
  REQUIRE(::getsockname(made.fd.get(), reinterpret_cast<sockaddr *>(&address), &length) == 0);
  made.port = ntohs(family == AF_INET ? reinterpret_cast<sockaddr_in *>(&address)->sin_port
                                      : reinterpret_cast<sockaddr_in6 *>(&address)->sin6_port);
  return made;
}

std::uint64_t cookie_of(const unique_fd &fd) {
  std::uint64_t cookie = 0;
  socklen_t length = sizeof(cookie);
  REQUIRE(::getsockopt(fd.get(), SOL_SOCKET, SO_COOKIE, &cookie, &length) == 0);
  return cookie;
}

// Holders told for a socket.
std::vector<std::uint32_t> holders(const snapshot &taken, std::uint64_t cookie) {
  std::vector<std::uint32_t> pids;
  for (std::size_t i = 0; i < taken.sockets.cookie.size(); i++)
    if (taken.sockets.cookie[i] == cookie)
      pids.push_back(taken.sockets.pid[i]);
  std::sort(pids.begin(), pids.end());
  return pids;
}

std::optional<std::size_t> row_of(const snapshot &taken, std::uint64_t cookie) {
  for (std::size_t i = 0; i < taken.sockets.cookie.size(); i++)
    if (taken.sockets.cookie[i] == cookie)
      return i;
  return std::nullopt;
}

std::optional<std::size_t> process_row_of(const snapshot &taken, pid_t pid) {
  for (std::size_t i = 0; i < taken.processes.pid.size(); i++)
    if (taken.processes.pid[i] == static_cast<std::uint32_t>(pid))
      return i;
  return std::nullopt;
}

bool kernel_tells_bound_only() {
  const bound_socket bound = bind_socket(AF_INET, SOCK_STREAM, false);
  bool told = false;
  dump_sockets(open_sock_diag().get(), [&](const diag_socket &socket) {
    told = told || socket.cookie == cookie_of(bound.fd);
  });
  return told;
}

} // namespace

TEST_CASE("a snapshot finds our own sockets of every kind, with us as holder") {
  for (const int family : {AF_INET, AF_INET6}) {
    const bound_socket listener = bind_socket(family, SOCK_STREAM, true);
    const bound_socket datagram = bind_socket(family, SOCK_DGRAM, false);
    const snapshot taken = take_snapshot_by_proc();
    CHECK(taken.source == snapshot_source::proc);
    const std::uint32_t self = static_cast<std::uint32_t>(::getpid());

    for (const bound_socket *socket : {&listener, &datagram}) {
      const std::uint64_t cookie = cookie_of(socket->fd);
      CHECK(holders(taken, cookie) == std::vector<std::uint32_t>{self});
      const auto row = row_of(taken, cookie);
      REQUIRE(row);
      CHECK(taken.sockets.port[*row] == socket->port);
      CHECK(taken.sockets.family[*row] == family);
      CHECK(taken.sockets.uid[*row] == ::getuid());
      CHECK(taken.sockets.protocol[*row] == (socket == &listener ? IPPROTO_TCP : IPPROTO_UDP));
      CHECK(taken.sockets.state[*row] == (socket == &listener ? TCP_LISTEN : TCP_CLOSE));
      CHECK(
          taken.sockets.inode[*row] ==
          parse_inode_link(
              read_link_at(AT_FDCWD, ("/proc/self/fd/" + std::to_string(socket->fd.get())).c_str()),
              "socket"));
      CHECK(taken.sockets.netns[*row] ==
            parse_inode_link(read_link_at(AT_FDCWD, "/proc/self/ns/net"), "net"));
      const auto &address = taken.sockets.address[*row];
      if (family == AF_INET)
        CHECK(std::memcmp(address.data(), "\x7f\0\0\1\0\0\0\0\0\0\0\0\0\0\0\0", 16) == 0);
      else
        CHECK(std::memcmp(address.data(), &in6addr_loopback, 16) == 0);
    }
  }
}

TEST_CASE("a TCP socket that is bound and does not listen is told as closed, with its port") {
  if (!kernel_tells_bound_only()) {
    MESSAGE("skipped: this kernel's sock_diag does not tell bound sockets (Linux 6.8 does)");
    return;
  }
  const bound_socket bound = bind_socket(AF_INET, SOCK_STREAM, false);
  const snapshot taken = take_snapshot_by_proc();
  const auto row = row_of(taken, cookie_of(bound.fd));
  REQUIRE(row);
  CHECK(taken.sockets.state[*row] == TCP_CLOSE);
  CHECK(taken.sockets.port[*row] == bound.port);
}

TEST_CASE("a socket with two holders is two rows, and several descriptors are one") {
  const bound_socket listener = bind_socket(AF_INET, SOCK_STREAM, true);
  const unique_fd again(::dup(listener.fd.get()));
  const pid_t child = ::fork();
  if (child == 0) {
    ::pause();
    ::_exit(0);
  }
  std::vector<std::uint32_t> expected{static_cast<std::uint32_t>(::getpid()),
                                      static_cast<std::uint32_t>(child)};
  std::sort(expected.begin(), expected.end());
  CHECK(holders(take_snapshot_by_proc(), cookie_of(listener.fd)) == expected);
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
}

TEST_CASE("our own process is told as it is") {
  const snapshot taken = take_snapshot_by_proc();
  const auto row = process_row_of(taken, ::getpid());
  REQUIRE(row);
  const process_columns &processes = taken.processes;
  CHECK(processes.parent[*row] == static_cast<std::uint32_t>(::getppid()));
  CHECK(processes.uid[*row] == ::getuid());
  CHECK(processes.executable_known[*row] == 1);
  CHECK(processes.executable.row(*row) == read_link_at(AT_FDCWD, "/proc/self/exe"));
  struct stat file {};
  REQUIRE(::stat("/proc/self/exe", &file) == 0);
  CHECK(processes.executable_inode[*row] == file.st_ino);
  CHECK(processes.executable_device[*row] == file.st_dev);
  std::string args;
  REQUIRE(read_file("/proc/self/cmdline", args));
  CHECK(processes.args_length[*row] == args.size());
  CHECK(processes.args.row(*row) == args.substr(0, 256));
  CHECK(processes.start_time[*row] > 0);
  CHECK(processes.start_time[*row] < taken.started_at);
  CHECK(taken.started_at < taken.finished_at);
  CHECK(taken.finished_at <= boot_clock());
}

TEST_CASE("columns have one value for each row") {
  const snapshot taken = take_snapshot_by_proc();
  const std::size_t processes = taken.processes.pid.size();
  CHECK(taken.processes.start_time.size() == processes);
  CHECK(taken.processes.executable_known.size() == processes);
  CHECK(taken.processes.executable_inode.size() == processes);
  CHECK(taken.processes.executable_device.size() == processes);
  CHECK(taken.processes.name.offsets.size() == processes + 1);
  CHECK(taken.processes.executable.offsets.size() == processes + 1);
  CHECK(taken.processes.args.offsets.size() == processes + 1);
  const std::size_t sockets = taken.sockets.pid.size();
  CHECK(taken.sockets.cookie.size() == sockets);
  CHECK(taken.sockets.address.size() == sockets);
}

TEST_CASE("sockets of another network namespace are told with it") {
  if (::geteuid() != 0) {
    MESSAGE("skipped: entering network namespaces needs root");
    return;
  }
  int ready[2];
  REQUIRE(::pipe(ready) == 0);
  const pid_t child = ::fork();
  if (child == 0) {
    std::uint64_t told[2] = {0, 0};
    if (::unshare(CLONE_NEWNET) == 0) {
      const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
      sockaddr_in address{};
      address.sin_family = AF_INET;
      address.sin_port = htons(4321);
      socklen_t length = sizeof(told[0]);
      if (::bind(fd, reinterpret_cast<sockaddr *>(&address), sizeof(address)) == 0 &&
          ::listen(fd, 1) == 0)
        ::getsockopt(fd, SOL_SOCKET, SO_COOKIE, &told[0], &length);
      told[1] = parse_inode_link(read_link_at(AT_FDCWD, "/proc/self/ns/net"), "net").value_or(0);
    }
    static_cast<void>(!::write(ready[1], told, sizeof(told)));
    ::pause();
    ::_exit(0);
  }
  std::uint64_t told[2];
  REQUIRE(::read(ready[0], told, sizeof(told)) == sizeof(told));
  const std::string own = read_link_at(AT_FDCWD, "/proc/self/ns/net");
  if (told[0] == 0) {
    MESSAGE("skipped: no network namespace could be made");
  } else {
    const snapshot taken = take_snapshot_by_proc();
    const auto row = row_of(taken, told[0]);
    REQUIRE(row);
    CHECK(taken.sockets.netns[*row] == told[1]);
    CHECK(taken.sockets.port[*row] == 4321);
    CHECK(taken.sockets.pid[*row] == static_cast<std::uint32_t>(child));
    const auto process = process_row_of(taken, child);
    REQUIRE(process);
    CHECK(taken.processes.netns[*process] == told[1]);
    CHECK(read_link_at(AT_FDCWD, "/proc/self/ns/net") == own);
  }
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  ::close(ready[0]);
  ::close(ready[1]);
}

TEST_CASE("messages of sock_diag that are cut tell nothing") {
  const unsigned char bytes[] = {0x4c, 0, 0, 0, 0x14, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 10, 0, 0};
  int told = 0;
  for (std::size_t size = 0; size <= sizeof(bytes); size++)
    parse_diag_messages(bytes, size, [&](const diag_socket &) { told++; });
  CHECK(told == 0);
}

TEST_CASE("a last message of sock_diag that is not padded is the last") {
  struct {
    nlmsghdr header;
    char content[4];
    nlmsghdr behind;
    inet_diag_msg socket;
  } buffer{};
  buffer.header.nlmsg_type = NLMSG_NOOP;
  buffer.header.nlmsg_len = sizeof(buffer.header) + 1;
  buffer.behind.nlmsg_type = SOCK_DIAG_BY_FAMILY;
  buffer.behind.nlmsg_len = sizeof(buffer.behind) + sizeof(buffer.socket);
  int told = 0;
  parse_diag_messages(&buffer, buffer.header.nlmsg_len, [&](const diag_socket &) { told++; });
  CHECK(told == 0);
}

TEST_CASE("a refusal of sock_diag is told as an error, also one that no kernel gives") {
  struct {
    nlmsghdr header;
    nlmsgerr error;
  } refusal{};
  refusal.header.nlmsg_type = NLMSG_ERROR;
  refusal.header.nlmsg_len = sizeof(refusal);
  for (const auto &[told, expected] : {std::pair<int, int>{-EPERM, EPERM},
                                       {std::numeric_limits<int>::min(), EPROTO},
                                       {7, EPROTO}}) {
    refusal.error.error = told;
    int code = 0;
    try {
      parse_diag_messages(&refusal, sizeof(refusal), [](const diag_socket &) {});
    } catch (const std::system_error &error) {
      code = error.code().value();
    }
    CHECK(code == expected);
  }
}
