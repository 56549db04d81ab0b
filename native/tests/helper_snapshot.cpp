// SPDX-License-Identifier: Apache-2.0
//
// The iterators' rows, against what the test knows of itself.
#include <doctest/doctest.h>

#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <thread>

#include "helper_live.h"

using namespace bindscope;
using namespace bindscope::helper::test;

namespace {

constexpr std::uint8_t tcp_listen = 10;
constexpr std::uint8_t tcp_close = 7;

std::vector<bs_socket_row> rows_of(const live_helper &helper, __u64 cookie) {
  std::vector<bs_socket_row> found;
  for (const bs_socket_row &row : helper.rows<bs_socket_row>(handoff::descriptor::iter_socket))
    if (row.cookie == cookie)
      found.push_back(row);
  return found;
}

std::vector<bs_process_row> rows_of_process(const live_helper &helper, pid_t tgid) {
  std::vector<bs_process_row> found;
  for (const bs_process_row &row : helper.rows<bs_process_row>(handoff::descriptor::iter_process))
    if (row.tgid == static_cast<__u32>(tgid))
      found.push_back(row);
  return found;
}

std::string read_link(const std::string &path) {
  char target[4096];
  const ssize_t length = ::readlink(path.c_str(), target, sizeof(target));
  return {target, length < 0 ? 0 : static_cast<std::size_t>(length)};
}

ino_t inode_of(const std::string &path) {
  struct stat found {};
  ::stat(path.c_str(), &found);
  return found.st_ino;
}

dev_t device_of(const std::string &path) {
  struct stat found {};
  ::stat(path.c_str(), &found);
  return found.st_dev;
}

} // namespace

TEST_CASE("a snapshot shows listening, bound and UDP sockets with holder, port and inode") {
  REQUIRE_ROOT();
  live_helper helper;
  for (const int family : {AF_INET, AF_INET6}) {
    CAPTURE(family);
    test_socket listening(family, SOCK_STREAM);
    REQUIRE(listening.bind() == 0);
    REQUIRE(listening.listen() == 0);
    test_socket bound(family, SOCK_STREAM);
    REQUIRE(bound.bind() == 0);
    test_socket udp(family, SOCK_DGRAM);
    REQUIRE(udp.bind() == 0);
    test_socket idle(family, SOCK_STREAM);

    const auto check = [&](const test_socket &socket, std::uint8_t protocol, std::uint8_t state) {
      const std::vector<bs_socket_row> rows = rows_of(helper, socket.cookie());
      REQUIRE(rows.size() == 1);
      CHECK(rows[0].tgid == static_cast<__u32>(::getpid()));
      CHECK(rows[0].uid == ::getuid());
      CHECK(rows[0].family == family);
      CHECK(rows[0].protocol == protocol);
      CHECK(rows[0].state == state);
      CHECK(rows[0].port == socket.port());
      CHECK(rows[0].inode == inode_of("/proc/self/fd/" + std::to_string(socket.fd())));
      CHECK(rows[0].netns == inode_of("/proc/self/ns/net"));
      CHECK(rows[0].address[family == AF_INET ? 0 : 15] == (family == AF_INET ? 127 : 1));
    };
    check(listening, IPPROTO_TCP, tcp_listen);
    check(bound, IPPROTO_TCP, tcp_close);
    check(udp, IPPROTO_UDP, tcp_close);
    CHECK(rows_of(helper, idle.cookie()).empty());
  }
}

TEST_CASE("a raw socket has no row, whatever its protocol") {
  REQUIRE_ROOT();
  live_helper helper;
  for (const int protocol : {IPPROTO_TCP, IPPROTO_UDP}) {
    test_socket raw(AF_INET, SOCK_RAW, protocol);
    const ino_t inode = inode_of("/proc/self/fd/" + std::to_string(raw.fd()));
    for (const auto &row : helper.rows<bs_socket_row>(handoff::descriptor::iter_socket))
      CHECK(row.inode != inode);
  }
}

TEST_CASE("a socket held by two processes is two rows") {
  REQUIRE_ROOT();
  live_helper helper;
  test_socket socket(AF_INET, SOCK_STREAM);
  REQUIRE(socket.bind() == 0);
  REQUIRE(socket.listen() == 0);
  const pid_t child = ::fork();
  if (child == 0)
    for (;;)
      ::pause();
  std::vector<__u32> holders;
  for (const bs_socket_row &row : rows_of(helper, socket.cookie()))
    holders.push_back(row.tgid);
  std::sort(holders.begin(), holders.end());
  std::vector<__u32> expected = {static_cast<__u32>(::getpid()), static_cast<__u32>(child)};
  std::sort(expected.begin(), expected.end());
  CHECK(holders == expected);
  ::kill(child, SIGKILL);
  wait_for_exit(child);
}

TEST_CASE(
    "a socket held by two descriptors of one process is two equal rows, for the reader to join") {
  REQUIRE_ROOT();
  live_helper helper;
  test_socket socket(AF_INET, SOCK_STREAM);
  REQUIRE(socket.bind() == 0);
  const core::unique_fd again(::dup(socket.fd()));
  REQUIRE(again);
  const std::vector<bs_socket_row> rows = rows_of(helper, socket.cookie());
  REQUIRE(rows.size() == 2);
  CHECK(std::memcmp(&rows[0], &rows[1], sizeof(rows[0])) == 0);
}

TEST_CASE("no row is lost or told twice when rows do not fit into one read") {
  REQUIRE_ROOT();
  live_helper helper;
  std::vector<test_socket> sockets;
  std::vector<__u64> cookies;
  for (int i = 0; i < 400; i++) {
    sockets.emplace_back(AF_INET, SOCK_DGRAM);
    REQUIRE(sockets.back().bind() == 0);
    cookies.push_back(sockets.back().cookie());
  }
  std::vector<__u64> told;
  for (const bs_socket_row &row : helper.rows<bs_socket_row>(handoff::descriptor::iter_socket))
    if (row.tgid == static_cast<__u32>(::getpid()))
      told.push_back(row.cookie);
  std::sort(cookies.begin(), cookies.end());
  std::sort(told.begin(), told.end());
  CHECK(told == cookies);
}

TEST_CASE("threads that share their files add no rows") {
  REQUIRE_ROOT();
  live_helper helper;
  test_socket socket(AF_INET, SOCK_STREAM);
  REQUIRE(socket.bind() == 0);
  int gate[2];
  REQUIRE(::pipe(gate) == 0);
  std::thread thread([&] {
    char byte;
    CHECK(::read(gate[0], &byte, 1) == 0);
  });
  CHECK(rows_of(helper, socket.cookie()).size() == 1);
  CHECK(rows_of_process(helper, ::getpid()).size() == 1);
  ::close(gate[1]);
  thread.join();
  ::close(gate[0]);
}

TEST_CASE("an MPTCP socket has the cookie in the snapshot that its bind was told with") {
  REQUIRE_ROOT();
  constexpr int ipproto_mptcp = 262;
  const core::unique_fd probe(::socket(AF_INET, SOCK_STREAM, ipproto_mptcp));
  if (!probe) {
    MESSAGE("skipped: this kernel has no MPTCP");
    return;
  }
  live_helper helper;
  test_socket socket(AF_INET, SOCK_STREAM, ipproto_mptcp);
  REQUIRE(socket.bind() == 0);
  REQUIRE(socket.listen() == 0);
  const std::vector<record> told = helper.of_kind(BS_BOUND);
  REQUIRE(told.size() == 1);
  CHECK(told[0].event.port == socket.port());
  CHECK(told[0].event.protocol == IPPROTO_TCP);
  const std::vector<bs_socket_row> rows = rows_of(helper, told[0].event.cookie);
  REQUIRE(rows.size() == 1);
  CHECK(rows[0].protocol == IPPROTO_TCP);
  CHECK(rows[0].state == tcp_listen);
  CHECK(rows[0].port == socket.port());
  socket.close();
  CHECK(helper.of_kind(BS_CLOSED).size() == 1);
}

TEST_CASE("a process row equals what /proc says, without the environment") {
  REQUIRE_ROOT();
  live_helper helper;
  const std::vector<bs_process_row> rows = rows_of_process(helper, ::getpid());
  REQUIRE(rows.size() == 1);
  const bs_process_row &row = rows[0];
  CHECK(row.ppid == static_cast<__u32>(::getppid()));
  CHECK(row.uid == ::getuid());
  CHECK(std::string(row.comm) == "helper-tests");
  CHECK(path_of(row.path, row.path_size) == read_link("/proc/self/exe"));
  CHECK(row.exe_inode == inode_of("/proc/self/exe"));
  CHECK(row.exe_device == device_of("/proc/self/exe"));
  CHECK(row.flags == 0);
  CHECK(row.start_time_ns > 0);
  const std::string args = read_file("/proc/self/cmdline");
  CHECK(row.args_length == args.size());
  CHECK(std::string(row.args, row.args_size) ==
        args.substr(0, static_cast<std::size_t>(BS_ARGS_LENGTH)));
}

TEST_CASE("a kernel thread has a row without executable and arguments") {
  REQUIRE_ROOT();
  live_helper helper;
  constexpr pid_t kthreadd = 2;
  if (read_file("/proc/2/comm") != "kthreadd\n") {
    MESSAGE("skipped: process 2 is not kthreadd here");
    return;
  }
  const std::vector<bs_process_row> rows = rows_of_process(helper, kthreadd);
  REQUIRE(rows.size() == 1);
  CHECK(rows[0].path_size == 0);
  CHECK(rows[0].exe_inode == 0);
  CHECK(rows[0].exe_device == 0);
  CHECK(rows[0].args_size == 0);
}

TEST_CASE("an executable whose file was deleted is flagged, its path unchanged") {
  REQUIRE_ROOT();
  live_helper helper;
  char path[] = "/tmp/bindscope-gone-XXXXXX";
  const int fd = ::mkstemp(path);
  REQUIRE(fd >= 0);
  ::close(fd);
  REQUIRE(std::system(("cp /bin/sleep " + std::string(path) + " && chmod 700 " + path).c_str()) ==
          0);
  const pid_t child = start({path, "60"}, 0, [] {});
  while (read_link("/proc/" + std::to_string(child) + "/exe") != path)
    ::usleep(1000);
  const ino_t inode = inode_of(path);
  ::unlink(path);
  const std::vector<bs_process_row> rows = rows_of_process(helper, child);
  ::kill(child, SIGKILL);
  wait_for_exit(child);
  REQUIRE(rows.size() == 1);
  CHECK(path_of(rows[0].path, rows[0].path_size) == path);
  CHECK((rows[0].flags & BS_EXE_DELETED) != 0);
  CHECK(rows[0].exe_inode == inode);
}

TEST_CASE("a program that runs from memory alone has its name as path") {
  REQUIRE_ROOT();
  live_helper helper;
  const int memory = ::memfd_create("from-memory", MFD_CLOEXEC);
  REQUIRE(memory >= 0);
  const std::string program = read_file("/bin/sleep");
  REQUIRE(::write(memory, program.data(), program.size()) == static_cast<ssize_t>(program.size()));
  const pid_t child = start({"/proc/self/fd/" + std::to_string(memory), "60"}, 0, [] {});
  while (read_link("/proc/" + std::to_string(child) + "/exe").find("from-memory") ==
         std::string::npos)
    ::usleep(1000);
  const std::vector<bs_process_row> rows = rows_of_process(helper, child);
  ::kill(child, SIGKILL);
  wait_for_exit(child);
  struct stat file {};
  REQUIRE(::fstat(memory, &file) == 0);
  ::close(memory);
  REQUIRE(rows.size() == 1);
  CHECK(path_of(rows[0].path, rows[0].path_size) == "/memfd:from-memory");
  CHECK(rows[0].exe_inode == file.st_ino);
  CHECK(rows[0].exe_device == file.st_dev);
  CHECK((rows[0].flags & BS_EXE_DELETED) != 0);
}
