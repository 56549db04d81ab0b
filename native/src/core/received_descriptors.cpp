// SPDX-License-Identifier: Apache-2.0
#include "core/received_descriptors.h"

#include <cstddef>
#include <cstring>

namespace bindscope::core {

std::vector<unique_fd> received_descriptors(msghdr &header) {
  std::vector<unique_fd> descriptors;
  for (cmsghdr *item = CMSG_FIRSTHDR(&header); item != nullptr; item = CMSG_NXTHDR(&header, item)) {
    if (item->cmsg_level != SOL_SOCKET || item->cmsg_type != SCM_RIGHTS)
      continue;
    const std::size_t count = (item->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (std::size_t i = 0; i < count; i++) {
      int fd;
      std::memcpy(&fd, CMSG_DATA(item) + i * sizeof(int), sizeof(fd));
      descriptors.emplace_back(fd);
    }
  }
  return descriptors;
}

} // namespace bindscope::core
