// SPDX-License-Identifier: Apache-2.0
//
// The activity probe on the running kernel: real connections, exact counts.
#include <doctest/doctest.h>

#include <fcntl.h>
#include <net/if.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <ostream>
#include <string>
#include <thread>
#include <vector>

#include "core/activity.h"
#include "helper_live.h"

// Ends the test case, saying so by name, where the kernel would not let us (before Linux 5.12).
#define REQUIRE_ACTIVITY()                                                                         \
  REQUIRE_ROOT();                                                                                  \
  if (!kernel_counts()) {                                                                          \
    MESSAGE("skipped: this kernel refuses the activity probe");                                    \
    return;                                                                                        \
  }

using namespace bindscope;
using namespace bindscope::helper::test;

namespace {

bool kernel_counts() {
  static const bool attached =
      live_helper().attached(handoff::fact::activity, "iter/bpf_sk_storage_map");
  return attached;
}

__u32 own_netns() {
  struct stat found {};
  ::stat("/proc/thread-self/ns/net", &found);
  return static_cast<__u32>(found.st_ino);
}

struct counts {
  __u64 accepted;
  __u64 closed;
  __u64 bytes_in;
  __u64 bytes_out;

  bool operator==(const counts &other) const {
    return accepted == other.accepted && closed == other.closed && bytes_in == other.bytes_in &&
           bytes_out == other.bytes_out;
  }
};

std::ostream &operator<<(std::ostream &out, const counts &told) {
  return out << told.accepted << " accepted, " << told.closed << " closed, " << told.bytes_in
             << " bytes in, " << told.bytes_out << " bytes out";
}

// A helper, and the engine's end of its activity probe.
class watching {
public:
  core::activity_probe &probe() { return probe_; }

  counts of(in_port_t port, __u32 netns = own_netns()) const {
    counts found{};
    for (const core::port_activity &row : probe_.read().ports)
      if (row.port == port && row.netns == netns)
        found = {row.counts.accepted, row.counts.closed, row.counts.bytes_in, row.counts.bytes_out};
    return found;
  }

  // The counts once they are as expected, or after 5 s: what was sent is counted as it is
  // acknowledged, and what was closed on loopback may have to be closed by the other end.
  counts settled(in_port_t port, const counts &expected, __u32 netns = own_netns()) const {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(5);
    for (;;) {
      const counts now = of(port, netns);
      if (now == expected || std::chrono::steady_clock::now() > deadline)
        return now;
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
  }

private:
  core::unique_fd copy(handoff::descriptor meaning) const {
    return core::unique_fd(::fcntl(helper_.descriptor(meaning), F_DUPFD_CLOEXEC, 0));
  }

  live_helper helper_;
  core::activity_probe probe_{copy(handoff::descriptor::watched_ports),
                              copy(handoff::descriptor::activity),
                              copy(handoff::descriptor::iter_connections)};
};

test_socket listener(int family = AF_INET) {
  test_socket socket(family, SOCK_STREAM);
  REQUIRE(socket.bind() == 0);
  REQUIRE(socket.listen() == 0);
  return socket;
}

sockaddr_in loopback(in_port_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

void connect_to(const test_socket &client, in_port_t port) {
  const sockaddr_in address = loopback(port);
  REQUIRE(::connect(client.fd(), reinterpret_cast<const sockaddr *>(&address), sizeof(address)) ==
          0);
}

core::unique_fd accept_from(const test_socket &server) {
  core::unique_fd accepted(::accept4(server.fd(), nullptr, nullptr, SOCK_CLOEXEC));
  REQUIRE(accepted);
  return accepted;
}

// Both ends of one connection.
struct pair {
  explicit pair(const test_socket &server) : client(AF_INET, SOCK_STREAM) {
    connect_to(client, server.port());
    accepted = accept_from(server);
  }
  test_socket client;
  core::unique_fd accepted;
};

void carry(int from, int to, std::size_t bytes) {
  std::vector<char> sent(bytes, 'x'), got(bytes);
  std::thread sending([&] {
    for (std::size_t at = 0; at < bytes;) {
      const ssize_t done = ::send(from, sent.data() + at, bytes - at, MSG_NOSIGNAL);
      if (done <= 0)
        return;
      at += static_cast<std::size_t>(done);
    }
  });
  CHECK(::recv(to, got.data(), bytes, MSG_WAITALL) == static_cast<ssize_t>(bytes));
  sending.join();
}

void reset(int fd) {
  const linger at_once{1, 0};
  ::setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
}

void await_end(int fd) {
  char byte;
  CHECK(::recv(fd, &byte, 1, 0) <= 0);
}

// Runs on a thread of its own in a network namespace of its own whose loopback is up.
void in_new_netns(const std::function<void()> &run) {
  std::thread([&] {
    REQUIRE(::unshare(CLONE_NEWNET) == 0);
    const core::unique_fd any(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    ifreq loopback_up{};
    loopback_up.ifr_name[0] = 'l';
    loopback_up.ifr_name[1] = 'o';
    loopback_up.ifr_flags = IFF_UP;
    REQUIRE(::ioctl(any.get(), SIOCSIFFLAGS, &loopback_up) == 0);
    run();
  }).join();
}

} // namespace

TEST_CASE("connections to a watched port are counted with their payload, open and closed") {
  REQUIRE_ACTIVITY();
  watching kernel;
  const test_socket server = listener();
  const in_port_t port = server.port();
  kernel.probe().watch({port});
  CHECK(kernel.of(port) == counts{});

  pair first(server), second(server);
  CHECK(kernel.of(port) == counts{2, 0, 0, 0});
  carry(first.client.fd(), first.accepted.get(), 1000);
  carry(second.client.fd(), second.accepted.get(), 234);
  CHECK(kernel.of(port) == counts{2, 0, 1234, 0});
  carry(first.accepted.get(), first.client.fd(), 300'000);
  CHECK(kernel.settled(port, {2, 0, 1234, 300'000}) == counts{2, 0, 1234, 300'000});
  CHECK(kernel.of(port) == counts{2, 0, 1234, 300'000});

  first.client.close();
  await_end(first.accepted.get());
  first.accepted.reset();
  CHECK(kernel.settled(port, {2, 1, 1234, 300'000}) == counts{2, 1, 1234, 300'000});
  carry(second.client.fd(), second.accepted.get(), 6);
  CHECK(kernel.of(port) == counts{2, 1, 1240, 300'000});
}

TEST_CASE("however a connection ends, its bytes are payload alone and it is closed once") {
  REQUIRE_ACTIVITY();
  watching kernel;
  const test_socket server = listener();
  const in_port_t port = server.port();
  struct ending {
    const char *how;
    std::function<void(pair &)> end;
  };
  const std::vector<ending> endings = {
      {"the client closes first",
       [](pair &both) {
         both.client.close();
         await_end(both.accepted.get());
         both.accepted.reset();
       }},
      {"the server closes first",
       [](pair &both) {
         both.accepted.reset();
         await_end(both.client.fd());
         both.client.close();
       }},
      {"both close at once",
       [](pair &both) {
         ::shutdown(both.client.fd(), SHUT_WR);
         ::shutdown(both.accepted.get(), SHUT_WR);
         both.client.close();
         both.accepted.reset();
       }},
      {"the client resets",
       [](pair &both) {
         reset(both.client.fd());
         both.client.close();
         await_end(both.accepted.get());
         both.accepted.reset();
       }},
      {"the server resets",
       [](pair &both) {
         reset(both.accepted.get());
         both.accepted.reset();
         both.client.close();
       }},
      {"the server shuts one way, then both close",
       [](pair &both) {
         ::shutdown(both.accepted.get(), SHUT_WR);
         await_end(both.client.fd());
         both.client.close();
         await_end(both.accepted.get());
         both.accepted.reset();
       }},
      {"the server closes although bytes wait to be read",
       [](pair &both) {
         both.accepted.reset();
         both.client.close();
       }},
  };
  for (const ending &one : endings) {
    CAPTURE(one.how);
    kernel.probe().watch({});
    kernel.probe().watch({port});
    pair both(server);
    carry(both.client.fd(), both.accepted.get(), 500);
    carry(both.accepted.get(), both.client.fd(), 700);
    CHECK(kernel.settled(port, {1, 0, 500, 700}) == counts{1, 0, 500, 700});
    one.end(both);
    CHECK(kernel.settled(port, {1, 1, 500, 700}) == counts{1, 1, 500, 700});
  }
}

TEST_CASE("a connection that is shut down one way counts no FIN as a byte") {
  REQUIRE_ACTIVITY();
  watching kernel;
  const test_socket server = listener();
  const in_port_t port = server.port();
  kernel.probe().watch({port});
  pair ours(server), theirs(server);
  ::shutdown(ours.accepted.get(), SHUT_WR);
  ::shutdown(theirs.client.fd(), SHUT_WR);
  await_end(ours.client.fd());
  await_end(theirs.accepted.get());
  carry(ours.client.fd(), ours.accepted.get(), 11);
  carry(theirs.accepted.get(), theirs.client.fd(), 13);
  CHECK(kernel.settled(port, {2, 0, 11, 13}) == counts{2, 0, 11, 13});
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  CHECK(kernel.of(port) == counts{2, 0, 11, 13});
}

TEST_CASE("a connection that nobody accepted is closed with its listener") {
  REQUIRE_ACTIVITY();
  watching kernel;
  test_socket server = listener();
  const in_port_t port = server.port();
  kernel.probe().watch({port});
  test_socket client(AF_INET, SOCK_STREAM);
  connect_to(client, port);
  REQUIRE(::send(client.fd(), "hello", 5, 0) == 5);
  CHECK(kernel.settled(port, {1, 0, 5, 0}) == counts{1, 0, 5, 0});
  server.close();
  CHECK(kernel.settled(port, {1, 1, 5, 0}) == counts{1, 1, 5, 0});
}

TEST_CASE("a socket that is used anew after its connection is not counted any more") {
  REQUIRE_ACTIVITY();
  watching kernel;
  const test_socket server = listener(), other = listener();
  const in_port_t port = server.port();
  kernel.probe().watch({port});
  pair both(server);
  carry(both.client.fd(), both.accepted.get(), 10);
  sockaddr nobody{};
  nobody.sa_family = AF_UNSPEC;
  REQUIRE(::connect(both.accepted.get(), &nobody, sizeof(nobody)) == 0);
  CHECK(kernel.settled(port, {1, 1, 10, 0}) == counts{1, 1, 10, 0});

  const sockaddr_in address = loopback(other.port());
  REQUIRE(::connect(both.accepted.get(), reinterpret_cast<const sockaddr *>(&address),
                    sizeof(address)) == 0);
  core::unique_fd again = accept_from(other);
  carry(again.get(), both.accepted.get(), 100);
  reset(both.accepted.get());
  both.accepted.reset();
  await_end(again.get());
  CHECK(kernel.of(port) == counts{1, 1, 10, 0});
}

TEST_CASE("ports that are not watched, and connections that we begin ourselves, are not counted") {
  REQUIRE_ACTIVITY();
  watching kernel;
  const test_socket watched = listener(), other = listener();
  test_socket client(AF_INET, SOCK_STREAM);
  REQUIRE(client.bind() == 0);
  kernel.probe().watch({watched.port(), client.port()});
  const in_port_t from = client.port();
  connect_to(client, other.port());
  const core::unique_fd accepted = accept_from(other);
  carry(client.fd(), accepted.get(), 100);
  carry(accepted.get(), client.fd(), 100);
  CHECK(kernel.probe().read().ports.empty());
  client.close();
  CHECK(kernel.settled(from, {}) == counts{});
  CHECK(kernel.probe().read().ports.empty());
}

TEST_CASE("connections that were there before their port was watched are not counted") {
  REQUIRE_ACTIVITY();
  watching kernel;
  const test_socket server = listener();
  const in_port_t port = server.port();
  pair early(server);
  kernel.probe().watch({port});
  carry(early.client.fd(), early.accepted.get(), 100);
  early.client.close();
  await_end(early.accepted.get());
  early.accepted.reset();
  pair late(server);
  CHECK(kernel.of(port) == counts{1, 0, 0, 0});
}

TEST_CASE("a port that is watched again counts from nothing") {
  REQUIRE_ACTIVITY();
  watching kernel;
  const test_socket server = listener(), steady = listener();
  const in_port_t port = server.port();
  kernel.probe().watch({port, steady.port()});
  pair kept(server), other(steady);
  carry(kept.client.fd(), kept.accepted.get(), 100);
  CHECK(kernel.of(port) == counts{1, 0, 100, 0});

  kernel.probe().watch({steady.port()});
  CHECK(kernel.of(port) == counts{});
  // Between two readings as well.
  for (int round = 0; round < 2; round++) {
    CAPTURE(round);
    kernel.probe().watch({steady.port()});
    kernel.probe().watch({steady.port(), port});
    carry(kept.client.fd(), kept.accepted.get(), 100);
    CHECK(kernel.of(port) == counts{});
    pair fresh(server);
    carry(fresh.client.fd(), fresh.accepted.get(), 7);
    CHECK(kernel.of(port) == counts{1, 0, 7, 0});
  }
  kept.client.close();
  await_end(kept.accepted.get());
  kept.accepted.reset();
  CHECK(kernel.settled(port, {1, 1, 7, 0}) == counts{1, 1, 7, 0});
  CHECK(kernel.of(steady.port()) == counts{1, 0, 0, 0});
}

TEST_CASE("counts that were forgotten make room for others") {
  REQUIRE_ACTIVITY();
  watching kernel;
  const test_socket server = listener();
  const in_port_t port = server.port();
  // One more than the map holds, each of a generation of its own.
  for (int i = 0; i <= 16'384; i++) {
    kernel.probe().watch({});
    kernel.probe().watch({port});
    pair both(server);
    reset(both.client.fd());
  }
  CHECK(kernel.of(port) == counts{}); // found it full
  pair both(server);
  CHECK(kernel.of(port) == counts{1, 0, 0, 0});
}

TEST_CASE("the same port in two network namespaces is two") {
  REQUIRE_ACTIVITY();
  watching kernel;
  const test_socket server = listener();
  const in_port_t port = server.port();
  const __u32 ours = own_netns();
  kernel.probe().watch({port});
  pair here(server);
  in_new_netns([&] {
    test_socket there(AF_INET, SOCK_STREAM);
    REQUIRE(there.bind(port) == 0);
    REQUIRE(there.listen() == 0);
    pair first(there), second(there);
    carry(first.client.fd(), first.accepted.get(), 50);
    CHECK(own_netns() != ours);
    CHECK(kernel.of(port) == counts{2, 0, 50, 0});
    CHECK(kernel.of(port, ours) == counts{1, 0, 0, 0});
  });
  CHECK(kernel.of(port) == counts{1, 0, 0, 0});
}

TEST_CASE("IPv6, and IPv4 to a listener for both, are counted at the listener's port") {
  REQUIRE_ACTIVITY();
  watching kernel;
  test_socket server(AF_INET6, SOCK_STREAM);
  REQUIRE(::listen(server.fd(), 8) == 0); // to any address, at a port of the kernel's choice
  const in_port_t port = server.port();
  kernel.probe().watch({port});
  test_socket by_ipv6(AF_INET6, SOCK_STREAM);
  sockaddr_in6 address{};
  address.sin6_family = AF_INET6;
  address.sin6_port = htons(port);
  address.sin6_addr = in6addr_loopback;
  REQUIRE(::connect(by_ipv6.fd(), reinterpret_cast<sockaddr *>(&address), sizeof(address)) == 0);
  const core::unique_fd first = accept_from(server);
  carry(by_ipv6.fd(), first.get(), 60);
  pair by_ipv4(server);
  carry(by_ipv4.client.fd(), by_ipv4.accepted.get(), 4);
  CHECK(kernel.of(port) == counts{2, 0, 64, 0});
}

TEST_CASE("a server that is killed closes its connections") {
  REQUIRE_ACTIVITY();
  watching kernel;
  test_socket server = listener();
  const in_port_t port = server.port();
  kernel.probe().watch({port});
  const pid_t child = ::fork();
  if (child == 0) {
    for (;;)
      if (::accept(server.fd(), nullptr, nullptr) < 0)
        ::_exit(1);
  }
  server.close();
  std::vector<test_socket> clients;
  for (int i = 0; i < 5; i++) {
    clients.emplace_back(AF_INET, SOCK_STREAM);
    connect_to(clients.back(), port);
    REQUIRE(::send(clients.back().fd(), "0123456789", 10, 0) == 10);
  }
  CHECK(kernel.settled(port, {5, 0, 50, 0}) == counts{5, 0, 50, 0});
  ::kill(child, SIGKILL);
  wait_for_exit(child);
  CHECK(kernel.settled(port, {5, 5, 50, 0}) == counts{5, 5, 50, 0});
}

TEST_CASE("a connection that brings bytes with its SYN is counted with them") {
  REQUIRE_ACTIVITY();
  watching kernel;
  in_new_netns([&] {
    const core::unique_fd setting(::open("/proc/sys/net/ipv4/tcp_fastopen", O_WRONLY | O_CLOEXEC));
    // Client and server, and no cookie asked for.
    if (!setting || ::write(setting.get(), "1543", 4) != 4) {
      MESSAGE("skipped: this kernel has no Fast Open");
      return;
    }
    test_socket server(AF_INET, SOCK_STREAM);
    REQUIRE(server.bind() == 0);
    const int waiting = 8;
    REQUIRE(::setsockopt(server.fd(), IPPROTO_TCP, TCP_FASTOPEN, &waiting, sizeof(waiting)) == 0);
    REQUIRE(server.listen() == 0);
    const in_port_t port = server.port();
    kernel.probe().watch({port});
    for (__u64 round = 1; round <= 3; round++) {
      test_socket client(AF_INET, SOCK_STREAM);
      const sockaddr_in address = loopback(port);
      REQUIRE(::sendto(client.fd(), "early", 5, MSG_FASTOPEN,
                       reinterpret_cast<const sockaddr *>(&address), sizeof(address)) == 5);
      core::unique_fd accepted = accept_from(server);
      tcp_info info{};
      socklen_t length = sizeof(info);
      REQUIRE(::getsockopt(client.fd(), IPPROTO_TCP, TCP_INFO, &info, &length) == 0);
      CHECK((info.tcpi_options & TCPI_OPT_SYN_DATA) != 0);
      carry(accepted.get(), client.fd(), 20);
      accepted.reset();
      await_end(client.fd());
      client.close();
      const counts expected{round, round, 5 * round, 20 * round};
      CHECK(kernel.settled(port, expected) == expected);
    }
  });
}

TEST_CASE("counts grow and never fall while connections come and go, and are exact at the end") {
  REQUIRE_ACTIVITY();
  watching kernel;
  const test_socket server = listener();
  const in_port_t port = server.port();
  kernel.probe().watch({port});
  constexpr __u64 rounds = 3000;
  std::atomic<bool> done{false};
  __u64 bytes_in = 0, bytes_out = 0;
  std::thread traffic([&] {
    std::vector<char> buffer(4096, 'x');
    for (__u64 round = 0; round < rounds; round++) {
      pair both(server);
      const std::size_t in = 1 + round % 4095, out = 1 + round * 7 % 4095;
      CHECK(::send(both.client.fd(), buffer.data(), in, 0) == static_cast<ssize_t>(in));
      CHECK(::recv(both.accepted.get(), buffer.data(), in, MSG_WAITALL) ==
            static_cast<ssize_t>(in));
      CHECK(::send(both.accepted.get(), buffer.data(), out, 0) == static_cast<ssize_t>(out));
      CHECK(::recv(both.client.fd(), buffer.data(), out, MSG_WAITALL) == static_cast<ssize_t>(out));
      bytes_in += in;
      bytes_out += out;
    }
    done = true;
  });
  counts last{};
  const auto watch = [&](counts &before) {
    const counts now = kernel.of(port);
    CHECK(now.accepted >= before.accepted);
    CHECK(now.closed >= before.closed);
    CHECK(now.bytes_in >= before.bytes_in);
    CHECK(now.bytes_out >= before.bytes_out);
    before = now;
  };
  std::thread another([&] {
    for (counts mine{}; !done;)
      watch(mine);
  });
  while (!done)
    watch(last);
  traffic.join();
  another.join();
  const counts expected{rounds, rounds, bytes_in, bytes_out};
  CHECK(kernel.settled(port, expected) == expected);
}

TEST_CASE("descriptors that are not those of the probe are refused before they are written to") {
  REQUIRE_ACTIVITY();
  live_helper helper;
  const auto copy = [&](handoff::descriptor meaning) {
    return core::unique_fd(::fcntl(helper.descriptor(meaning), F_DUPFD_CLOEXEC, 0));
  };
  using meaning = handoff::descriptor;
  const auto adopt = [&](meaning ports, meaning counted, meaning connections) {
    core::activity_probe(copy(ports), copy(counted), copy(connections));
  };
  CHECK_NOTHROW(adopt(meaning::watched_ports, meaning::activity, meaning::iter_connections));
  CHECK_THROWS_WITH(adopt(meaning::stats, meaning::activity, meaning::iter_connections),
                    doctest::Contains("watched ports"));
  CHECK_THROWS_WITH(adopt(meaning::activity, meaning::activity, meaning::iter_connections),
                    doctest::Contains("watched ports"));
  CHECK_THROWS_WITH(adopt(meaning::watched_ports, meaning::stats, meaning::iter_connections),
                    doctest::Contains("counts of connections"));
  CHECK_THROWS_WITH(adopt(meaning::watched_ports, meaning::activity, meaning::stats),
                    doctest::Contains("cannot start a BPF iterator"));
}
