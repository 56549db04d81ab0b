// SPDX-License-Identifier: Apache-2.0
//
// What the kernel side tells, against what the test did.
#include <doctest/doctest.h>

#include <arpa/inet.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdlib>
#include <cstring>
#include <thread>

#include "helper_live.h"

using namespace bindscope;
using namespace bindscope::helper::test;

// A failed comparison of what was told shows the kinds in words.
template <> struct doctest::StringMaker<std::vector<__u32>> {
  static doctest::String convert(const std::vector<__u32> &kinds) {
    static const char *const words[] = {"?",           "attempted", "bound",
                                        "bind_failed", "listening", "listen_failed",
                                        "closed",      "exec",      "exit"};
    std::string text;
    for (const __u32 kind : kinds)
      text += std::string(text.empty() ? "" : ", ") + (kind <= BS_EXIT ? words[kind] : words[0]);
    return text.c_str();
  }
};

namespace {

// Attempts are left out: only some kernels tell them, and they are the same act as what follows.
std::vector<__u32> kinds(const std::vector<record> &records) {
  std::vector<__u32> all;
  for (const record &one : records)
    if (one.event.kind != BS_ATTEMPTED)
      all.push_back(one.event.kind);
  return all;
}

using sequence = std::vector<__u32>;

__u32 own_netns() {
  struct stat found {};
  ::stat("/proc/self/ns/net", &found);
  return static_cast<__u32>(found.st_ino);
}

std::string own_executable() {
  char path[4096];
  const ssize_t length = ::readlink("/proc/self/exe", path, sizeof(path));
  return {path, static_cast<std::size_t>(length)};
}

in_port_t free_port() {
  test_socket probe(AF_INET, SOCK_STREAM);
  REQUIRE(probe.bind() == 0);
  return probe.port();
}

void check_identity(const record &told) {
  CHECK(told.event.tgid == static_cast<__u32>(::getpid()));
  CHECK(told.event.tid == static_cast<__u32>(::gettid()));
  CHECK(told.event.ppid == static_cast<__u32>(::getppid()));
  CHECK(told.event.uid == ::getuid());
  CHECK(told.event.netns == own_netns());
  CHECK(told.event.start_time_ns > 0);
  CHECK(told.event.start_time_ns < told.event.time_ns);
  CHECK(std::string(told.event.comm) == "helper-tests");
  CHECK(told.path == own_executable());
  struct stat file {};
  REQUIRE(::stat("/proc/self/exe", &file) == 0);
  CHECK(told.exe_inode == file.st_ino);
  CHECK(told.exe_device == file.st_dev);
}

} // namespace

TEST_CASE("a listener's life is told from bind to close, with the port that was allocated") {
  REQUIRE_ROOT();
  live_helper helper;
  for (const int family : {AF_INET, AF_INET6}) {
    CAPTURE(family);
    test_socket socket(family, SOCK_STREAM);
    REQUIRE(socket.bind() == 0);
    REQUIRE(socket.listen() == 0);
    const in_port_t port = socket.port();
    const __u64 cookie = socket.cookie();
    socket.close();

    const std::vector<record> told = helper.of_cookie(cookie);
    REQUIRE(kinds(told) == sequence{BS_BOUND, BS_LISTENING, BS_CLOSED});
    const in6_addr loopback6 = in6addr_loopback;
    const in_addr loopback4{htonl(INADDR_LOOPBACK)};
    for (const record &one : told) {
      CHECK(one.event.port == port);
      CHECK(one.event.family == family);
      CHECK(one.event.protocol == IPPROTO_TCP);
      if (family == AF_INET)
        CHECK(std::memcmp(one.event.address, &loopback4, sizeof(loopback4)) == 0);
      else
        CHECK(std::memcmp(one.event.address, &loopback6, sizeof(loopback6)) == 0);
    }
    check_identity(told[0]);
    check_identity(told[1]);
    CHECK(told[0].event.time_ns < told[1].event.time_ns);
    CHECK(told[2].event.bound_ns == told[0].event.time_ns);
    CHECK(told[2].event.time_ns > told[1].event.time_ns);
    CHECK(told[0].event.size == sizeof(bs_identity_event));
    CHECK(told[2].event.size == sizeof(bs_event));
  }
}

TEST_CASE("a UDP socket is told bound and closed") {
  REQUIRE_ROOT();
  live_helper helper;
  for (const int family : {AF_INET, AF_INET6}) {
    CAPTURE(family);
    test_socket socket(family, SOCK_DGRAM);
    REQUIRE(socket.bind() == 0);
    const in_port_t port = socket.port();
    const __u64 cookie = socket.cookie();
    socket.close();
    const std::vector<record> told = helper.of_cookie(cookie);
    REQUIRE(kinds(told) == sequence{BS_BOUND, BS_CLOSED});
    CHECK(told[0].event.protocol == IPPROTO_UDP);
    CHECK(told[0].event.port == port);
    CHECK(told[1].event.port == port);
    CHECK(told[1].event.family == family);
  }
}

TEST_CASE("sockets of other families and protocols are not told") {
  REQUIRE_ROOT();
  live_helper helper;
  {
    const sockaddr name{AF_UNIX, {}};
    test_socket local(AF_UNIX, SOCK_STREAM);
    REQUIRE(::bind(local.fd(), &name, sizeof(name.sa_family)) == 0);
    test_socket raw(AF_INET, SOCK_RAW, IPPROTO_ICMP);
    REQUIRE(raw.bind() == 0);
  }
  CHECK(helper.poll().empty());
}

TEST_CASE("binds of raw sockets are not told, whatever their protocol") {
  REQUIRE_ROOT();
  const std::vector<std::vector<std::string>> choices = {
      {},
      {"--hooks", "attempted=tracepoint/syscalls/sys_enter_bind,"
                  "bind_failed=tracepoint/syscalls/sys_exit_bind"}};
  for (const std::vector<std::string> &arguments : choices) {
    CAPTURE(arguments.size());
    live_helper helper(arguments);
    for (const int protocol : {IPPROTO_TCP, IPPROTO_UDP}) {
      test_socket raw(AF_INET, SOCK_RAW, protocol);
      REQUIRE(raw.bind() == 0);
      sockaddr_in elsewhere{};
      elsewhere.sin_family = AF_INET;
      elsewhere.sin_addr.s_addr = htonl(0xc0000201); // of nobody: 192.0.2.1
      REQUIRE(::bind(raw.fd(), reinterpret_cast<sockaddr *>(&elsewhere), sizeof(elsewhere)) != 0);
    }
    CHECK(helper.poll().empty());
  }
}

TEST_CASE("a bind that fails is told with its errno and what was asked") {
  REQUIRE_ROOT();
  live_helper helper;
  for (const int family : {AF_INET, AF_INET6}) {
    CAPTURE(family);
    test_socket holder(family, SOCK_STREAM);
    REQUIRE(holder.bind() == 0);
    REQUIRE(holder.listen() == 0);
    test_socket late(family, SOCK_STREAM);
    REQUIRE(late.bind(holder.port()) == EADDRINUSE);

    const std::vector<record> failed = helper.of_kind(BS_BIND_FAILED);
    REQUIRE(!failed.empty());
    const record &last = failed.back();
    CHECK(last.event.error == EADDRINUSE);
    CHECK(last.event.port == holder.port());
    CHECK(last.event.family == family);
    CHECK(last.event.protocol == IPPROTO_TCP);
    CHECK(last.event.address[family == AF_INET ? 0 : 15] == (family == AF_INET ? 127 : 1));
    check_identity(last);
    // Hooks on the call do not know the cookie.
    for (const record &one : helper.of_cookie(late.cookie()))
      CHECK(one.event.kind == BS_BIND_FAILED);
  }
  CHECK(helper.of_kind(BS_BIND_FAILED).size() == 2);
}

TEST_CASE("binds of what is no socket, or of no address, are not told and harm nothing") {
  REQUIRE_ROOT();
  live_helper helper;
  sockaddr_in address{};
  address.sin_family = AF_INET;
  CHECK(::bind(-1, reinterpret_cast<sockaddr *>(&address), sizeof(address)) != 0);
  CHECK(::bind(0x7fffffff, reinterpret_cast<sockaddr *>(&address), sizeof(address)) != 0);
  CHECK(::bind(1, reinterpret_cast<sockaddr *>(&address), sizeof(address)) != 0);
  CHECK(helper.of_kind(BS_BIND_FAILED).empty());

  test_socket socket(AF_INET, SOCK_STREAM);
  CHECK(::bind(socket.fd(), reinterpret_cast<sockaddr *>(8), sizeof(address)) != 0);
  const std::vector<record> failed = helper.of_kind(BS_BIND_FAILED);
  // The kernel asks the cgroup hooks with an address that it has read.
  if (helper.attached(handoff::fact::bind_failed, "cgroup/bind+task_work")) {
    CHECK(failed.empty());
    return;
  }
  REQUIRE(failed.size() == 1);
  CHECK(failed[0].event.error == EFAULT);
  CHECK(failed[0].event.port == 0);
}

TEST_CASE("a listen() that fails is taken back where it was told, and is no close") {
  REQUIRE_ROOT();
  live_helper helper;
  const bool unconfirmed = helper.attached(handoff::fact::listening, "tp_btf/inet_sock_set_state");
  test_socket first(AF_INET, SOCK_STREAM);
  test_socket second(AF_INET, SOCK_STREAM);
  first.reuse_address();
  second.reuse_address();
  REQUIRE(first.bind() == 0);
  REQUIRE(second.bind(first.port()) == 0);
  REQUIRE(first.listen() == 0);
  REQUIRE(second.listen() == EADDRINUSE);
  const __u64 cookie = second.cookie();

  const sequence before_close =
      unconfirmed ? sequence{BS_BOUND, BS_LISTENING, BS_LISTEN_FAILED} : sequence{BS_BOUND};
  const std::vector<record> told = helper.of_cookie(cookie);
  REQUIRE(kinds(told) == before_close);
  if (unconfirmed)
    CHECK((told[1].event.flags & BS_UNCONFIRMED) != 0);

  second.close();
  sequence whole = before_close;
  whole.push_back(BS_CLOSED);
  CHECK(kinds(helper.of_cookie(cookie)) == whole);
  CHECK(kinds(helper.of_cookie(first.cookie())) == sequence{BS_BOUND, BS_LISTENING});
}

TEST_CASE("a listen() that fails on a socket that listened before is no close either") {
  REQUIRE_ROOT();
  live_helper helper;
  const bool unconfirmed = helper.attached(handoff::fact::listening, "tp_btf/inet_sock_set_state");
  test_socket first(AF_INET, SOCK_STREAM);
  test_socket second(AF_INET, SOCK_STREAM);
  first.reuse_address();
  second.reuse_address();
  // An asked-for port outlives shutdown; a port that bind chose does not.
  REQUIRE(first.bind(free_port()) == 0);
  REQUIRE(second.bind(first.port()) == 0);
  REQUIRE(first.listen() == 0);
  REQUIRE(::shutdown(first.fd(), SHUT_RDWR) == 0);
  REQUIRE(second.listen() == 0);
  REQUIRE(first.listen() == EADDRINUSE);
  const __u64 cookie = first.cookie();
  first.close();
  const sequence expected =
      unconfirmed ? sequence{BS_BOUND, BS_LISTENING, BS_CLOSED, BS_LISTENING, BS_LISTEN_FAILED}
                  : sequence{BS_BOUND, BS_LISTENING, BS_CLOSED};
  CHECK(kinds(helper.of_cookie(cookie)) == expected);
}

TEST_CASE("shutdown of a listener is its close, told once") {
  REQUIRE_ROOT();
  live_helper helper;
  test_socket socket(AF_INET, SOCK_STREAM);
  REQUIRE(socket.bind() == 0);
  REQUIRE(socket.listen() == 0);
  const __u64 cookie = socket.cookie();
  const in_port_t port = socket.port();
  REQUIRE(::shutdown(socket.fd(), SHUT_RDWR) == 0);
  const std::vector<record> told = helper.of_cookie(cookie);
  REQUIRE(kinds(told) == sequence{BS_BOUND, BS_LISTENING, BS_CLOSED});
  CHECK(told[2].event.port == port);
  CHECK(told[2].event.bound_ns == told[0].event.time_ns);
  socket.close();
  CHECK(kinds(helper.of_cookie(cookie)) == sequence{BS_BOUND, BS_LISTENING, BS_CLOSED});
}

TEST_CASE("a listener that listens again after shutdown is told again") {
  REQUIRE_ROOT();
  live_helper helper;
  test_socket socket(AF_INET, SOCK_STREAM);
  REQUIRE(socket.bind(free_port()) == 0);
  REQUIRE(socket.listen() == 0);
  REQUIRE(::shutdown(socket.fd(), SHUT_RDWR) == 0);
  REQUIRE(socket.listen() == 0);
  const __u64 cookie = socket.cookie();
  socket.close();
  CHECK(kinds(helper.of_cookie(cookie)) ==
        sequence{BS_BOUND, BS_LISTENING, BS_CLOSED, BS_LISTENING, BS_CLOSED});
}

TEST_CASE("a listener without bind is told, and its close with the port it had") {
  REQUIRE_ROOT();
  live_helper helper;
  test_socket socket(AF_INET, SOCK_STREAM);
  REQUIRE(socket.listen() == 0);
  const in_port_t port = socket.port();
  const __u64 cookie = socket.cookie();
  socket.close();
  const std::vector<record> told = helper.of_cookie(cookie);
  REQUIRE(kinds(told) == sequence{BS_LISTENING, BS_CLOSED});
  CHECK(told[1].event.port == port);
  CHECK(told[1].event.bound_ns == told[0].event.time_ns);
}

TEST_CASE("connections made and accepted are not told") {
  REQUIRE_ROOT();
  live_helper helper;
  test_socket listener(AF_INET, SOCK_STREAM);
  REQUIRE(listener.bind() == 0);
  REQUIRE(listener.listen() == 0);
  {
    test_socket client(AF_INET, SOCK_STREAM);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(listener.port());
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(::connect(client.fd(), reinterpret_cast<sockaddr *>(&address), sizeof(address)) == 0);
    const core::unique_fd accepted(::accept(listener.fd(), nullptr, nullptr));
    REQUIRE(accepted);
  }
  CHECK(kinds(helper.poll()) == sequence{BS_BOUND, BS_LISTENING});
}

TEST_CASE("a socket shared with a child is closed when the last holder lets go") {
  REQUIRE_ROOT();
  live_helper helper;
  test_socket socket(AF_INET, SOCK_STREAM);
  REQUIRE(socket.bind() == 0);
  REQUIRE(socket.listen() == 0);
  const __u64 cookie = socket.cookie();
  int gate[2];
  REQUIRE(::pipe(gate) == 0);
  const pid_t child = ::fork();
  if (child == 0) {
    ::close(gate[1]);
    char byte;
    ::_exit(::read(gate[0], &byte, 1) == 0 ? 0 : 1);
  }
  ::close(gate[0]);
  socket.close();
  CHECK(kinds(helper.of_cookie(cookie)) == sequence{BS_BOUND, BS_LISTENING});
  ::close(gate[1]);
  CHECK(wait_for_exit(child) == 0);
  CHECK(kinds(helper.of_cookie(cookie, child)) == sequence{BS_CLOSED});
}

TEST_CASE("a socket that was there before us is told closed once a snapshot has seen it") {
  REQUIRE_ROOT();
  test_socket tcp(AF_INET, SOCK_STREAM);
  REQUIRE(tcp.bind() == 0);
  REQUIRE(tcp.listen() == 0);
  test_socket udp(AF_INET6, SOCK_DGRAM);
  REQUIRE(udp.bind() == 0);
  live_helper helper;
  helper.rows<bs_socket_row>(handoff::descriptor::iter_socket);
  for (test_socket *socket : {&tcp, &udp}) {
    const __u64 cookie = socket->cookie();
    const in_port_t port = socket->port();
    socket->close();
    const std::vector<record> told = helper.of_cookie(cookie);
    REQUIRE(kinds(told) == sequence{BS_CLOSED});
    CHECK(told[0].event.bound_ns == 0);
    CHECK(told[0].event.port == port);
  }
}

TEST_CASE(
    "exec tells executable and arguments, never the environment; exit tells the wait status") {
  REQUIRE_ROOT();
  live_helper helper;
  const pid_t child =
      start({"/bin/sh", "-c", "exit 7"}, 0, [] { ::setenv("BINDSCOPE_SECRET", "hunter2", 1); });
  const int status = wait_for_exit(child);
  REQUIRE(WEXITSTATUS(status) == 7);
  const std::vector<record> told = helper.poll(child);
  REQUIRE(kinds(told) == sequence{BS_EXEC, BS_EXIT});
  using namespace std::string_literals;
  CHECK(told[0].args == "/bin/sh\0-c\0exit 7\0"s);
  CHECK(told[0].args_length == told[0].args.size());
  char shell[4096];
  REQUIRE(::realpath("/bin/sh", shell) != nullptr);
  CHECK(told[0].path == shell);
  CHECK(told[0].event.ppid == static_cast<__u32>(::getpid()));
  CHECK(told[1].event.error == status);
  CHECK(told[1].event.start_time_ns == told[0].event.start_time_ns);
}

TEST_CASE("arguments longer than the record are cut and their true length is told") {
  REQUIRE_ROOT();
  live_helper helper;
  const std::string word(300, 'x');
  const pid_t child = start({"/bin/true", word}, 0, [] {});
  REQUIRE(wait_for_exit(child) == 0);
  const std::vector<record> told = helper.of_kind(BS_EXEC, child);
  REQUIRE(told.size() == 1);
  CHECK(told[0].args.size() == BS_ARGS_LENGTH);
  CHECK(told[0].args_length == std::strlen("/bin/true") + 1 + word.size() + 1);
}

TEST_CASE("a process that a signal ends is told with that signal") {
  REQUIRE_ROOT();
  live_helper helper;
  const pid_t child = ::fork();
  if (child == 0)
    for (;;)
      ::pause();
  REQUIRE(::kill(child, SIGKILL) == 0);
  const int status = wait_for_exit(child);
  const std::vector<record> told = helper.of_kind(BS_EXIT, child);
  REQUIRE(told.size() == 1);
  CHECK(told[0].event.error == status);
}

TEST_CASE("a process of many threads exits once, with the last of them") {
  REQUIRE_ROOT();
  live_helper helper;
  const pid_t child = ::fork();
  if (child == 0) {
    for (int i = 0; i < 4; i++)
      std::thread([] { ::pause(); }).detach();
    std::thread([] {}).join();
    ::_exit(3);
  }
  wait_for_exit(child);
  const std::vector<record> told = helper.of_kind(BS_EXIT, child);
  REQUIRE(told.size() == 1);
  CHECK(told[0].event.error == 3 << 8);
}

TEST_CASE("an executable's path crosses mount points and is told up to 300 characters and more") {
  REQUIRE_ROOT();
  live_helper helper;
  char folder[] = "/tmp/bindscope-path-XXXXXX";
  REQUIRE(::mkdtemp(folder) != nullptr);
  std::string path = folder;
  std::vector<std::string> made = {path};
  for (int i = 0; i < 6; i++) {
    path += "/" + std::string(50, static_cast<char>('a' + i));
    REQUIRE(::mkdir(path.c_str(), 0700) == 0);
    made.push_back(path);
  }
  path += "/" + std::string(100, 'z');
  REQUIRE(std::system(("cp /bin/true " + path).c_str()) == 0);
  const pid_t child = start({path}, 0, [] {});
  REQUIRE(wait_for_exit(child) == 0);
  const std::vector<record> told = helper.of_kind(BS_EXEC, child);
  REQUIRE(told.size() == 1);
  CHECK(told[0].path == path);
  CHECK((told[0].event.flags & BS_PATH_CUT) == 0);
  ::unlink(path.c_str());
  while (!made.empty()) {
    ::rmdir(made.back().c_str());
    made.pop_back();
  }
}

TEST_CASE("twenty thousand binds and closes are told without loss") {
  REQUIRE_ROOT();
  live_helper helper;
  constexpr int rounds = 20'000;
  // Always the same port: searching for a free one would be most of the work.
  const in_port_t port = free_port();
  std::size_t told = 0;
  for (int i = 0; i < rounds; i++) {
    test_socket socket(AF_INET, i % 2 == 0 ? SOCK_STREAM : SOCK_DGRAM);
    REQUIRE(socket.bind(port) == 0);
    if (i % 1000 == 0)
      told += helper.drain();
  }
  told += helper.drain();
  CHECK(told >= 2 * rounds);
  CHECK(helper.stats().lost == 0);
  CHECK(helper.stats().untracked == 0);
}

TEST_CASE("records that find the ring full are counted") {
  REQUIRE_ROOT();
  live_helper helper({"--ring-bytes", "4096"});
  constexpr unsigned rounds = 100;
  for (unsigned i = 0; i < rounds; i++) {
    test_socket socket(AF_INET, SOCK_STREAM);
    REQUIRE(socket.bind() == 0);
  }
  const std::size_t told = helper.drain();
  CHECK(told > 0);
  CHECK(helper.stats().lost > 0);
  CHECK(told + helper.stats().lost >= 2 * rounds);
}
