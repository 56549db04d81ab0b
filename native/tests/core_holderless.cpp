// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <vector>

#include "core/holderless.h"
#include "core/unique_fd.h"

using namespace bindscope::core;

namespace {

using cookies = std::vector<std::uint64_t>;

diag_socket with_cookie(std::uint64_t cookie) {
  diag_socket socket{};
  socket.cookie = cookie;
  socket.inode = cookie + 1000;
  socket.port = 80;
  return socket;
}

std::vector<diag_socket> sockets_of(const cookies &wanted) {
  std::vector<diag_socket> sockets;
  for (const std::uint64_t cookie : wanted)
    sockets.push_back(with_cookie(cookie));
  return sockets;
}

socket_columns rows_of(const cookies &wanted) {
  socket_columns columns;
  for (const std::uint64_t cookie : wanted)
    append_socket(columns, with_cookie(cookie), 42, 1);
  return columns;
}

cookies cookies_of(const std::vector<diag_socket> &sockets) {
  cookies told;
  for (const diag_socket &socket : sockets)
    told.push_back(socket.cookie);
  std::sort(told.begin(), told.end());
  return told;
}

// A machine on which `alive` sockets exist, and of which a second pass reports `held`.
struct machine {
  cookies alive;
  cookies held;
  int passes = 0;
  int looks = 0;

  holder_checks checks() {
    return {[this](const std::vector<diag_socket> &asked) {
              looks++;
              std::vector<diag_socket> found;
              for (const diag_socket &socket : asked)
                if (std::find(alive.begin(), alive.end(), socket.cookie) != alive.end())
                  found.push_back(socket);
              return found;
            },
            [this] {
              passes++;
              return rows_of(held);
            }};
  }
};

} // namespace

TEST_CASE("sockets that have a row are looked at no further") {
  machine here{{1, 2}, {1, 2}};
  CHECK(find_holderless(sockets_of({1, 2}), rows_of({2, 1, 3}), {}, here.checks()).empty());
  CHECK(here.looks == 0);
  CHECK(here.passes == 0);
}

TEST_CASE("a socket that two passes do not meet, and that still exists, has no holder") {
  machine here{{1, 2, 7}, {1, 2}};
  CHECK(cookies_of(find_holderless(sockets_of({1, 7, 2, 7}), rows_of({1, 2}), {}, here.checks())) ==
        cookies{7});
  CHECK(here.passes == 1);
}

TEST_CASE("a socket that was closed before the pass came is no row") {
  machine here{{1}, {1}};
  CHECK(find_holderless(sockets_of({1, 7}), rows_of({1}), {}, here.checks()).empty());
  CHECK(here.passes == 0);
}

TEST_CASE("a socket that was made behind the pass's back is found by the second one") {
  machine here{{1, 7}, {1, 7}};
  CHECK(find_holderless(sockets_of({1, 7}), rows_of({1}), {}, here.checks()).empty());
}

TEST_CASE("a socket that was made behind the first pass and closed before the second is no row") {
  machine here{{7}, {}};
  const holder_checks checks = here.checks();
  const holder_checks closing{checks.still_there, [&] {
                                here.alive.clear();
                                return checks.pass_again();
                              }};
  CHECK(find_holderless(sockets_of({7}), rows_of({}), {}, closing).empty());
  CHECK(here.looks == 2);
}

TEST_CASE("one pass is enough for what an earlier snapshot knew, and no proof against the rest") {
  machine here{{7, 8}, {8}};
  CHECK(cookies_of(find_holderless(sockets_of({7}), rows_of({}), sockets_of({7}), here.checks())) ==
        cookies{7});
  CHECK(here.passes == 0);
  CHECK(cookies_of(find_holderless(sockets_of({7, 8}), rows_of({}), sockets_of({7}),
                                   here.checks())) == cookies{7});
  CHECK(here.passes == 1);
  here.alive = {};
  CHECK(find_holderless(sockets_of({7}), rows_of({}), sockets_of({7}), here.checks()).empty());
}

TEST_CASE("a socket that is reported with another cookie and the same inode has a holder") {
  socket_columns mptcp = rows_of({1});
  diag_socket subflow = with_cookie(2);
  subflow.inode = mptcp.inode[0];
  CHECK(sockets_without_row({subflow}, mptcp).empty());
  CHECK(cookies_of(sockets_without_row({subflow, with_cookie(3)}, mptcp)) == cookies{3});
}

TEST_CASE("a dump is made while it is cheap, when the counts have changed, and twice a minute") {
  constexpr std::uint64_t second = 1'000'000'000;
  constexpr std::size_t many = always_dumped_rows + 1;
  const holderless_state last{{}, many, 3, 100 * second};
  CHECK(dump_is_due(last, always_dumped_rows, 3, 101 * second));
  CHECK_FALSE(dump_is_due(last, many, 3, 101 * second));
  CHECK(dump_is_due(last, many, 4, 101 * second));
  CHECK(dump_is_due(last, many, std::nullopt, 101 * second));
  CHECK_FALSE(dump_is_due(last, many, 3, 129 * second));
  CHECK(dump_is_due(last, many, 3, 130 * second));
  CHECK(dump_is_due(holderless_state{}, many, std::nullopt, 1));
  CHECK(dump_is_due(holderless_state{}, many, 0, 1));
}

TEST_CASE("sockets in use are the sum of TCP and UDP") {
  CHECK(parse_sockets_in_use("sockets: used 11\nTCP: inuse 5 orphan 1 tw 2 alloc 9 mem 0\n"
                             "UDP: inuse 2 mem 7\nUDPLITE: inuse 40\nRAW: inuse 80\n") == 7);
  CHECK(parse_sockets_in_use("TCP6: inuse 3\nUDP6: inuse 0\nFRAG6: inuse 9 memory 0\n") == 3);
  CHECK_FALSE(parse_sockets_in_use("sockets: used 11\n"));
  CHECK_FALSE(parse_sockets_in_use("TCP: inuse \n"));
  CHECK_FALSE(parse_sockets_in_use("TCP: inuse 7000000000000000000\n"));
  CHECK_FALSE(parse_sockets_in_use(""));
}

TEST_CASE("the dump of bound sockets has listeners, bound TCP and UDP, and no connections") {
  for (const int family : {AF_INET, AF_INET6}) {
    CAPTURE(family);
    sockaddr_in6 address{};
    socklen_t length = sizeof(address);
    const auto make = [&](int type) {
      unique_fd fd(::socket(family, type | SOCK_CLOEXEC, 0));
      address = {};
      address.sin6_family = static_cast<sa_family_t>(family);
      if (family == AF_INET6)
        address.sin6_addr = in6addr_loopback;
      length = family == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6);
      REQUIRE(::bind(fd.get(), reinterpret_cast<sockaddr *>(&address), length) == 0);
      REQUIRE(::getsockname(fd.get(), reinterpret_cast<sockaddr *>(&address), &length) == 0);
      return fd;
    };
    const auto cookie_of = [](const unique_fd &fd) {
      std::uint64_t cookie = 0;
      socklen_t size = sizeof(cookie);
      REQUIRE(::getsockopt(fd.get(), SOL_SOCKET, SO_COOKIE, &cookie, &size) == 0);
      return cookie;
    };
    const unique_fd bound = make(SOCK_STREAM);
    const std::uint16_t bound_port = ntohs(address.sin6_port);
    const unique_fd udp = make(SOCK_DGRAM);
    const std::uint16_t udp_port = ntohs(address.sin6_port);
    const unique_fd listening = make(SOCK_STREAM);
    const std::uint16_t listening_port = ntohs(address.sin6_port);
    REQUIRE(::listen(listening.get(), 1) == 0);
    const unique_fd client(::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0));
    REQUIRE(::connect(client.get(), reinterpret_cast<sockaddr *>(&address), length) == 0);

    std::vector<diag_socket> all;
    const unique_fd netlink = open_sock_diag();
    dump_bound_sockets(netlink.get(), [&](const diag_socket &socket) { all.push_back(socket); });
    const auto told = [&](std::uint64_t cookie) {
      return std::find_if(all.begin(), all.end(),
                          [&](const diag_socket &socket) { return socket.cookie == cookie; });
    };
    CHECK(told(cookie_of(client)) == all.end());
    REQUIRE(told(cookie_of(listening)) != all.end());
    CHECK(told(cookie_of(listening))->state == TCP_LISTEN);
    REQUIRE(told(cookie_of(udp)) != all.end());
    CHECK(told(cookie_of(udp))->port == udp_port);
    // Linux before 6.8 does not tell of these.
    const auto told_bound = told(cookie_of(bound));
    if (told_bound != all.end())
      CHECK(told_bound->state == TCP_CLOSE);

    const auto found_at = [&](std::uint8_t protocol, std::uint16_t port, bool listens,
                              std::uint64_t cookie) {
      bool found = false;
      dump_bound_sockets_at(
          netlink.get(), static_cast<std::uint8_t>(family), protocol, listens, port,
          [&](const diag_socket &socket) { found = found || socket.cookie == cookie; });
      return found;
    };
    CHECK(found_at(IPPROTO_TCP, listening_port, true, cookie_of(listening)));
    CHECK(socket_exists(netlink.get(), *told(cookie_of(listening))));
    CHECK(socket_exists(netlink.get(), *told(cookie_of(udp))));
    diag_socket other = *told(cookie_of(udp));
    other.cookie++;
    CHECK_FALSE(socket_exists(netlink.get(), other));
    CHECK(found_at(IPPROTO_UDP, udp_port, false, cookie_of(udp)));
    CHECK(found_at(IPPROTO_TCP, bound_port, false, cookie_of(bound)) == (told_bound != all.end()));
  }
}
