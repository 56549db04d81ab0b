// SPDX-License-Identifier: Apache-2.0
#include "helper/peer.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cerrno>
#include <system_error>

namespace bindscope::helper {

namespace {

int socket_option(int socket, int option) {
  int value = -1;
  socklen_t length = sizeof(value);
  return ::getsockopt(socket, SOL_SOCKET, option, &value, &length) == 0 ? value : -1;
}

} // namespace

std::string why_no_peer(int socket) {
  const int domain = socket_option(socket, SO_DOMAIN);
  if (domain < 0)
    return "it is not a socket";
  if (domain != AF_UNIX || socket_option(socket, SO_TYPE) != SOCK_SEQPACKET)
    return "it is a socket of another kind";
  sockaddr_un name{};
  socklen_t length = sizeof(name);
  if (::getpeername(socket, reinterpret_cast<sockaddr *>(&name), &length) != 0)
    return "it is not connected";
  return {};
}

uid_t peer_uid(int socket) {
  ucred credentials{};
  socklen_t length = sizeof(credentials);
  if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &credentials, &length) != 0)
    throw std::system_error(errno, std::generic_category(), "SO_PEERCRED");
  return credentials.uid;
}

void wait_for_hangup(int socket) {
  pollfd watched{socket, POLLIN | POLLRDHUP, 0};
  while (::poll(&watched, 1, -1) < 0 && errno == EINTR) {
  }
}

} // namespace bindscope::helper
