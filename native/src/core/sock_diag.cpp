// SPDX-License-Identifier: Apache-2.0
#include "core/sock_diag.h"

#include <arpa/inet.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <vector>

namespace bindscope::core {

namespace {

// Bound and neither listening nor connected (Linux 6.8 and later; not in user space's headers).
constexpr std::uint8_t tcp_bound_inactive = 13;

// States of sockets that a process can hold: not TIME_WAIT, not the two of pending requests.
constexpr std::uint32_t held_states = 1u << TCP_ESTABLISHED | 1u << TCP_SYN_SENT |
                                      1u << TCP_FIN_WAIT1 | 1u << TCP_FIN_WAIT2 | 1u << TCP_CLOSE |
                                      1u << TCP_CLOSE_WAIT | 1u << TCP_LAST_ACK | 1u << TCP_LISTEN |
                                      1u << TCP_CLOSING | 1u << tcp_bound_inactive;

// The kernel walks its table of connections only where one of their states is asked for.
constexpr std::uint32_t bound_states = 1u << TCP_LISTEN | 1u << tcp_bound_inactive;

constexpr std::uint32_t all_states = ~0u;

constexpr std::size_t receive_size = 1 << 17;

unique_fd open_netlink(int flags) {
  unique_fd netlink(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | flags, NETLINK_SOCK_DIAG));
  if (!netlink)
    throw std::system_error(errno, std::generic_category(), "cannot open a sock_diag socket");
  return netlink;
}

[[noreturn]] void throw_dump_error(int error) {
  throw std::system_error(error, std::generic_category(), "cannot list sockets by sock_diag");
}

diag_socket to_socket(const nlmsghdr *header) {
  const auto *message = static_cast<const inet_diag_msg *>(NLMSG_DATA(header));
  diag_socket socket{};
  socket.cookie =
      static_cast<std::uint64_t>(message->id.idiag_cookie[1]) << 32 | message->id.idiag_cookie[0];
  socket.inode = message->idiag_inode;
  socket.uid = message->idiag_uid;
  socket.port = ntohs(message->id.idiag_sport);
  socket.family = message->idiag_family;
  socket.state = message->idiag_state;
  if (socket.state == tcp_bound_inactive)
    socket.state = TCP_CLOSE;
  std::memcpy(socket.address.data(), message->id.idiag_src,
              message->idiag_family == AF_INET ? 4 : 16);

  auto length = static_cast<int>(header->nlmsg_len - NLMSG_LENGTH(sizeof(*message)));
  for (const auto *attribute = reinterpret_cast<const rtattr *>(message + 1);
       RTA_OK(attribute, length); attribute = RTA_NEXT(attribute, length))
    if (attribute->rta_type == INET_DIAG_PROTOCOL && RTA_PAYLOAD(attribute) >= 1)
      std::memcpy(&socket.protocol, RTA_DATA(attribute), 1);
  return socket;
}

// False when the kernel has told everything.
bool walk(const void *bytes, std::size_t size,
          const std::function<void(const diag_socket &)> &on_socket) {
  // Not by NLMSG_NEXT: behind a last message that is not padded its length wraps around.
  const auto *at = static_cast<const std::uint8_t *>(bytes);
  while (size >= sizeof(nlmsghdr)) {
    const auto *header = reinterpret_cast<const nlmsghdr *>(at);
    if (header->nlmsg_len < sizeof(*header) || header->nlmsg_len > size)
      break;
    if (header->nlmsg_type == NLMSG_DONE)
      return false;
    if (header->nlmsg_type == NLMSG_ERROR) {
      const auto *error = static_cast<const nlmsgerr *>(NLMSG_DATA(header));
      if (header->nlmsg_len >= NLMSG_LENGTH(sizeof(*error)) && error->error != 0)
        throw_dump_error(error->error < 0 && error->error > -4096 ? -error->error : EPROTO);
      return false;
    }
    if (header->nlmsg_type == SOCK_DIAG_BY_FAMILY &&
        header->nlmsg_len >= NLMSG_LENGTH(sizeof(inet_diag_msg)))
      on_socket(to_socket(header));
    const std::size_t step = std::min<std::size_t>(NLMSG_ALIGN(header->nlmsg_len), size);
    at += step;
    size -= step;
  }
  return true;
}

struct diag_request {
  nlmsghdr header;
  inet_diag_req_v2 body;
};

// `port`: 0 for all.
void dump_one(int netlink, std::uint8_t family, std::uint8_t protocol, std::uint32_t states,
              std::uint16_t port, std::vector<std::uint8_t> &buffer,
              const std::function<void(const diag_socket &)> &on_socket) {
  diag_request request{};
  request.header.nlmsg_len = sizeof(request);
  request.header.nlmsg_type = SOCK_DIAG_BY_FAMILY;
  request.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  request.body.sdiag_family = family;
  request.body.sdiag_protocol = protocol;
  request.body.idiag_states = states;
  request.body.id.idiag_sport = htons(port);
  if (::send(netlink, &request, sizeof(request), 0) < 0)
    throw_dump_error(errno);

  for (bool more = true; more;) {
    const ssize_t got = ::recv(netlink, buffer.data(), buffer.size(), 0);
    if (got < 0 && errno == EINTR)
      continue;
    if (got < 0)
      throw_dump_error(errno);
    more = walk(buffer.data(), static_cast<std::size_t>(got), [&](const diag_socket &socket) {
      if (socket.port == 0 || socket.inode == 0)
        return;
      diag_socket told = socket;
      told.protocol = protocol;
      on_socket(told);
    });
  }
}

void dump_all(int netlink, std::uint32_t tcp_states,
              const std::function<void(const diag_socket &)> &on_socket) {
  std::vector<std::uint8_t> buffer(receive_size);
  for (const std::uint8_t family : {std::uint8_t{AF_INET}, std::uint8_t{AF_INET6}}) {
    dump_one(netlink, family, IPPROTO_TCP, tcp_states, 0, buffer, on_socket);
    dump_one(netlink, family, IPPROTO_UDP, all_states, 0, buffer, on_socket);
  }
}

} // namespace

unique_fd open_sock_diag() {
  unique_fd netlink = open_netlink(0);
  set_dump_patience(netlink);
  return netlink;
}

void set_dump_patience(const unique_fd &netlink) {
  const timeval patience{5, 0};
  ::setsockopt(netlink.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
}

unique_fd open_destroy_notices() {
  unique_fd netlink = open_netlink(SOCK_NONBLOCK);
  const int room = 1 << 20;
  ::setsockopt(netlink.get(), SOL_SOCKET, SO_RCVBUF, &room, sizeof(room));
  // Bound and subscribed in one: the kernel leaves a socket without an address out.
  sockaddr_nl address{};
  address.nl_family = AF_NETLINK;
  for (const int group : {SKNLGRP_INET_TCP_DESTROY, SKNLGRP_INET_UDP_DESTROY,
                          SKNLGRP_INET6_TCP_DESTROY, SKNLGRP_INET6_UDP_DESTROY})
    address.nl_groups |= 1u << (group - 1);
  if (::bind(netlink.get(), reinterpret_cast<const sockaddr *>(&address), sizeof(address)) != 0)
    throw std::system_error(errno, std::generic_category(),
                            "cannot subscribe to notices of destroyed sockets");
  return netlink;
}

std::optional<std::uint32_t> dropped_notices(int netlink) {
  std::array<std::uint32_t, SK_MEMINFO_VARS> told{};
  socklen_t length = sizeof(told);
  if (::getsockopt(netlink, SOL_SOCKET, SO_MEMINFO, told.data(), &length) != 0 ||
      length < (SK_MEMINFO_DROPS + 1) * sizeof(told[0]))
    return std::nullopt;
  return told[SK_MEMINFO_DROPS];
}

void parse_diag_messages(const void *bytes, std::size_t size,
                         const std::function<void(const diag_socket &)> &on_socket) {
  walk(bytes, size, on_socket);
}

void dump_sockets(int netlink, const std::function<void(const diag_socket &)> &on_socket) {
  dump_all(netlink, held_states, on_socket);
}

void dump_bound_sockets(int netlink, const std::function<void(const diag_socket &)> &on_socket) {
  dump_all(netlink, bound_states, on_socket);
}

void dump_bound_sockets_at(int netlink, std::uint8_t family, std::uint8_t protocol, bool listens,
                           std::uint16_t port,
                           const std::function<void(const diag_socket &)> &on_socket) {
  const std::uint32_t tcp_states = listens ? 1u << TCP_LISTEN : bound_states;
  std::vector<std::uint8_t> buffer(receive_size);
  dump_one(netlink, family, protocol, protocol == IPPROTO_TCP ? tcp_states : all_states, port,
           buffer, on_socket);
}

bool socket_exists(int netlink, const diag_socket &socket) {
  diag_request request{};
  request.header.nlmsg_len = sizeof(request);
  request.header.nlmsg_type = SOCK_DIAG_BY_FAMILY;
  request.header.nlmsg_flags = NLM_F_REQUEST;
  request.body.sdiag_family = socket.family;
  request.body.sdiag_protocol = socket.protocol;
  request.body.idiag_states = all_states;
  // The kernel takes the two ends of UDP the other way round.
  inet_diag_sockid &id = request.body.id;
  const bool swapped = socket.protocol == IPPROTO_UDP;
  (swapped ? id.idiag_dport : id.idiag_sport) = htons(socket.port);
  std::memcpy(swapped ? id.idiag_dst : id.idiag_src, socket.address.data(), socket.address.size());
  id.idiag_cookie[0] = static_cast<std::uint32_t>(socket.cookie);
  id.idiag_cookie[1] = static_cast<std::uint32_t>(socket.cookie >> 32);
  if (::send(netlink, &request, sizeof(request), 0) < 0)
    throw_dump_error(errno);
  std::array<std::uint8_t, 4096> answer;
  ssize_t got;
  do
    got = ::recv(netlink, answer.data(), answer.size(), 0);
  while (got < 0 && errno == EINTR);
  if (got < 0)
    throw_dump_error(errno);
  bool exists = false;
  try {
    walk(answer.data(), static_cast<std::size_t>(got), [&](const diag_socket &told) {
      exists = told.cookie == socket.cookie && told.inode != 0;
    });
  } catch (const std::system_error &) {
    return false; // ENOENT, or ESTALE for another cookie
  }
  return exists;
}

void append_socket(socket_columns &columns, const diag_socket &socket, std::uint32_t pid,
                   std::uint32_t netns) {
  columns.pid.push_back(pid);
  columns.cookie.push_back(socket.cookie);
  columns.inode.push_back(socket.inode);
  columns.uid.push_back(socket.uid);
  columns.netns.push_back(netns);
  columns.family.push_back(socket.family);
  columns.protocol.push_back(socket.protocol);
  columns.state.push_back(socket.state);
  columns.port.push_back(socket.port);
  columns.address.push_back(socket.address);
}

} // namespace bindscope::core
