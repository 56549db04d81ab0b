// SPDX-License-Identifier: Apache-2.0
//
// What targets send besides bytes: descriptors of a file that is nothing anybody wants.
#pragma once

#include <fcntl.h>
#include <sys/socket.h>

#include <array>
#include <cstring>
#include <string_view>

namespace bindscope::fuzz {

// More than any reader has room for.
constexpr std::size_t most_descriptors = 24;

// Open for good.
inline int some_file() {
  static const int file = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  return file;
}

// One message of these bytes with so many descriptors, most_descriptors at most; as sendmsg().
inline ssize_t send_with_descriptors(int socket, std::string_view bytes, std::size_t count,
                                     int flags) {
  const int attached = some_file();
  iovec part{const_cast<char *>(bytes.data()), bytes.size()};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int) * most_descriptors)> control{};
  msghdr header{};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  if (count > 0) {
    header.msg_control = control.data();
    header.msg_controllen = CMSG_SPACE(sizeof(int) * count);
    cmsghdr *rights = CMSG_FIRSTHDR(&header);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(sizeof(int) * count);
    for (std::size_t i = 0; i < count; i++)
      std::memcpy(CMSG_DATA(rights) + i * sizeof(int), &attached, sizeof(attached));
  }
  return ::sendmsg(socket, &header, flags);
}

} // namespace bindscope::fuzz
