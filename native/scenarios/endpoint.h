// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace bindscope::scenarios {

// Where a socket is to be bound: the port is chosen apart.
struct endpoint {
  const char *name; // for failures
  int family;
  int type;
  const char *address;
  bool v6_only = false;
};

constexpr endpoint tcp4{"TCP 127.0.0.1", AF_INET, SOCK_STREAM, "127.0.0.1"};
constexpr endpoint udp4{"UDP 127.0.0.1", AF_INET, SOCK_DGRAM, "127.0.0.1"};
constexpr endpoint tcp6{"TCP ::1", AF_INET6, SOCK_STREAM, "::1"};
constexpr endpoint udp6{"UDP ::1", AF_INET6, SOCK_DGRAM, "::1"};
constexpr endpoint tcp4_mapped{"TCP v4-mapped", AF_INET6, SOCK_STREAM, "::ffff:127.0.0.1"};
constexpr endpoint udp4_mapped{"UDP v4-mapped", AF_INET6, SOCK_DGRAM, "::ffff:127.0.0.1"};
constexpr endpoint tcp_dual{"TCP :: dual-stack", AF_INET6, SOCK_STREAM, "::"};
constexpr endpoint udp_dual{"UDP :: dual-stack", AF_INET6, SOCK_DGRAM, "::"};

// IPv4 and IPv6, one address and any, both families in one socket, and IPv4 in an IPv6 socket.
inline std::vector<endpoint> endpoints(int type) {
  const bool tcp = type == SOCK_STREAM;
  return {
      tcp ? tcp4 : udp4,
      {tcp ? "TCP 0.0.0.0" : "UDP 0.0.0.0", AF_INET, type, "0.0.0.0"},
      tcp ? tcp6 : udp6,
      {tcp ? "TCP :: alone" : "UDP :: alone", AF_INET6, type, "::", true},
      tcp ? tcp_dual : udp_dual,
      tcp ? tcp4_mapped : udp4_mapped,
  };
}

inline std::vector<endpoint> all_endpoints() {
  std::vector<endpoint> all = endpoints(SOCK_STREAM);
  for (const endpoint &one : endpoints(SOCK_DGRAM))
    all.push_back(one);
  return all;
}

struct socket_address {
  sockaddr_storage bytes{};
  socklen_t length = 0;

  const sockaddr *get() const { return reinterpret_cast<const sockaddr *>(&bytes); }
  std::uint16_t port() const; // host byte order
  // As records have it: network byte order, IPv4 in the first four bytes.
  std::array<std::uint8_t, 16> address() const;
};

socket_address make_address(int family, const char *address, std::uint16_t port);
// What getsockname says. Throws std::system_error.
socket_address local_address(int fd);

} // namespace bindscope::scenarios
