// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>

#include "core/snapshot.h"
#include "core/unique_fd.h"

namespace bindscope::core {

// One socket as NETLINK_SOCK_DIAG tells it.
struct diag_socket {
  std::uint64_t cookie;
  std::uint64_t inode; // 0 where no process holds it any more
  std::uint32_t uid;
  std::uint16_t port; // local, host byte order; 0 for a socket that was destroyed
  std::uint8_t family;
  std::uint8_t protocol;                // 0 where the message does not say
  std::uint8_t state;                   // TCP_* of the kernel; bound and not listening is TCP_CLOSE
  std::array<std::uint8_t, 16> address; // network byte order, IPv4 in the first 4
};

// A sock_diag socket of the network namespace that the calling thread is in. Throws
// std::system_error.
unique_fd open_sock_diag();

// An answer that never comes must not hang a dump.
void set_dump_patience(const unique_fd &netlink);

// A sock_diag socket that is subscribed to the kernel's notices of destroyed TCP and UDP sockets.
// Not blocking.
unique_fd open_destroy_notices();

// How many notices the kernel has left out of such a socket for want of room: a counter that wraps.
// None where the kernel does not say.
std::optional<std::uint32_t> dropped_notices(int netlink);

// Every message in `bytes` that tells a socket. Malformed ones are left out.
void parse_diag_messages(const void *bytes, std::size_t size,
                         const std::function<void(const diag_socket &)> &on_socket);

// All TCP and UDP sockets, IPv4 and IPv6, that have a local port and a holder, of the namespace of
// `netlink`. Throws std::system_error.
void dump_sockets(int netlink, const std::function<void(const diag_socket &)> &on_socket);

// Of these, TCP that listens or is bound and not connected (told by Linux 6.8 and later), and all
// UDP. Much cheaper where many connections are open. Throws std::system_error.
void dump_bound_sockets(int netlink, const std::function<void(const diag_socket &)> &on_socket);

// Those of one family, protocol and port (host byte order), and perhaps others. `listens`: TCP that
// is bound only is left out, which halves the cost.
void dump_bound_sockets_at(int netlink, std::uint8_t family, std::uint8_t protocol, bool listens,
                           std::uint16_t port,
                           const std::function<void(const diag_socket &)> &on_socket);

// Whether a listening TCP or a UDP socket, as a dump told it, exists still: a question that costs
// nothing. A yes is certain; a no may mean that the kernel chose another socket of the same
// address.
bool socket_exists(int netlink, const diag_socket &socket);

// Appends a row; `pid` 0 where the holder is not known.
void append_socket(socket_columns &columns, const diag_socket &socket, std::uint32_t pid,
                   std::uint32_t netns);

} // namespace bindscope::core
