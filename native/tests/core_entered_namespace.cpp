// SPDX-License-Identifier: Apache-2.0
//
// Network namespaces of an ordinary user's own making, as containers without root have them.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <cstdint>
#include <string>

#include "core/entered_namespace.h"
#include "core/proc_fs.h"
#include "core/snapshot_proc.h"

using namespace bindscope::core;

namespace {

constexpr uid_t somebody = 65534;

struct sighting {
  bool made = false; // the namespace, in which a socket listens
  std::uint32_t rows = 0;
  std::uint32_t uid = 0;
  std::uint32_t netns = 0;
  std::uint32_t listener_netns = 0;
  bool held_by_listener = false;
  bool back = false; // the snapshot left its thread where it was
  std::uint64_t cookie = 0, listener_cookie = 0;
};

void write_file(const char *path, const std::string &text) {
  const unique_fd file(::open(path, O_WRONLY | O_CLOEXEC));
  static_cast<void>(!::write(file.get(), text.data(), text.size()));
}

// In namespaces of its own: listens at `port` and tells the socket's cookie and the namespace.
void listen_in_own_namespaces(int answer, std::uint16_t port) {
  std::uint64_t told[2] = {0, 0};
  if (::unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0) {
    ::prctl(PR_SET_DUMPABLE, 1);
    write_file("/proc/self/uid_map", "0 " + std::to_string(somebody) + " 1");
    const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    socklen_t length = sizeof(told[0]);
    if (::bind(fd, reinterpret_cast<sockaddr *>(&address), sizeof(address)) == 0 &&
        ::listen(fd, 1) == 0)
      ::getsockopt(fd, SOL_SOCKET, SO_COOKIE, &told[0], &length);
    told[1] = parse_inode_link(read_link_at(AT_FDCWD, "/proc/self/ns/net"), "net").value_or(0);
  }
  static_cast<void>(!::write(answer, told, sizeof(told)));
  ::pause();
  ::_exit(0);
}

// What a snapshot shows an ordinary user of a socket in a network namespace of their own.
sighting look_as_user(std::uint16_t port) {
  sighting seen;
  if (::getuid() == 0 && (::setresgid(somebody, somebody, somebody) != 0 ||
                          ::setresuid(somebody, somebody, somebody) != 0))
    return seen;
  ::prctl(PR_SET_DUMPABLE, 1);
  int ready[2];
  if (::pipe(ready) != 0)
    return seen;
  const pid_t listener = ::fork();
  if (listener == 0)
    listen_in_own_namespaces(ready[1], port);
  std::uint64_t told[2] = {0, 0};
  if (::read(ready[0], told, sizeof(told)) == sizeof(told) && told[0] != 0) {
    seen.made = true;
    seen.listener_cookie = told[0];
    seen.listener_netns = static_cast<std::uint32_t>(told[1]);
    const std::string before = read_link_at(AT_FDCWD, "/proc/thread-self/ns/net");
    const snapshot taken = take_snapshot_by_proc();
    seen.back = read_link_at(AT_FDCWD, "/proc/thread-self/ns/net") == before;
    for (std::size_t i = 0; i < taken.sockets.cookie.size(); i++)
      if (taken.sockets.port[i] == port && taken.sockets.netns[i] == seen.listener_netns) {
        seen.rows++;
        seen.cookie = taken.sockets.cookie[i];
        seen.uid = taken.sockets.uid[i];
        seen.netns = taken.sockets.netns[i];
        seen.held_by_listener = taken.sockets.pid[i] == static_cast<std::uint32_t>(listener);
      }
  }
  ::kill(listener, SIGKILL);
  ::waitpid(listener, nullptr, 0);
  return seen;
}

} // namespace

TEST_CASE("a user's snapshot shows sockets in network namespaces of their own, once, as they are") {
  int answer[2];
  REQUIRE(::pipe(answer) == 0);
  const pid_t user = ::fork();
  if (user == 0) {
    const sighting seen = look_as_user(4322);
    static_cast<void>(!::write(answer[1], &seen, sizeof(seen)));
    ::_exit(0);
  }
  sighting seen;
  REQUIRE(::read(answer[0], &seen, sizeof(seen)) == sizeof(seen));
  ::waitpid(user, nullptr, 0);
  ::close(answer[0]);
  ::close(answer[1]);
  if (!seen.made) {
    MESSAGE("skipped: this kernel lets users make no namespaces");
    return;
  }
  CHECK(seen.rows == 1);
  CHECK(seen.cookie == seen.listener_cookie);
  CHECK(seen.held_by_listener);
  // There it is root's, here its user's.
  CHECK(seen.uid == (::getuid() == 0 ? somebody : ::getuid()));
  CHECK(seen.back);
}

TEST_CASE("users of a user namespace are who its map says, and nobody where it says nothing") {
  const user_map map("         0       1000          1\n         1     100000      65536\n");
  CHECK(map.outside(0) == 1000);
  CHECK(map.outside(1) == 100000);
  CHECK(map.outside(65536) == 165535);
  CHECK(map.outside(65537) == 65534);
  CHECK(user_map("").outside(0) == 65534);
  CHECK(user_map().outside(7) == 7);
  CHECK(user_map("0 0 4294967295").outside(4294967294) == 4294967294);
}

TEST_CASE("lines of a user map that are malformed say nothing") {
  for (const char *text : {"0", "0 1000", "0 1000 x", "0 1000 1 2", "-1 1000 1", "a b c", "\n\n"})
    CHECK(user_map(text).outside(0) == 65534);
  CHECK(user_map("0 1000 x\n0 2000 1").outside(0) == 2000);
}
