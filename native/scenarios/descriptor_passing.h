// SPDX-License-Identifier: Apache-2.0
//
// One descriptor in a message of one byte over a unix socket. Needs nothing but the system, as
// native/integration/actor.cpp is compiled alone.
#pragma once

#include <sys/socket.h>
#include <sys/uio.h>

#include <cerrno>
#include <cstring>

namespace bindscope::scenarios {

struct descriptor_message {
  char byte = 0;
  iovec part{&byte, 1};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
  msghdr header{};

  descriptor_message() {
    header.msg_iov = &part;
    header.msg_iovlen = 1;
    header.msg_control = control;
    header.msg_controllen = sizeof(control);
  }
  descriptor_message(const descriptor_message &) = delete;
  descriptor_message &operator=(const descriptor_message &) = delete;
};

// Puts it into flight; the sender's own stays open. False, and errno, where that fails.
inline bool send_descriptor(int channel, int fd) {
  descriptor_message message;
  cmsghdr *rights = CMSG_FIRSTHDR(&message.header);
  rights->cmsg_level = SOL_SOCKET;
  rights->cmsg_type = SCM_RIGHTS;
  rights->cmsg_len = CMSG_LEN(sizeof(fd));
  std::memcpy(CMSG_DATA(rights), &fd, sizeof(fd));
  return ::sendmsg(channel, &message.header, 0) == 1;
}

// The receiver's own from now on; -1, and errno, where none comes.
inline int receive_descriptor(int channel) {
  descriptor_message message;
  if (::recvmsg(channel, &message.header, 0) < 0)
    return -1;
  const cmsghdr *rights = CMSG_FIRSTHDR(&message.header);
  if (rights == nullptr || rights->cmsg_type != SCM_RIGHTS) {
    errno = EBADMSG;
    return -1;
  }
  int fd = -1;
  std::memcpy(&fd, CMSG_DATA(rights), sizeof(fd));
  return fd;
}

} // namespace bindscope::scenarios
