// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/epoll.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <functional>
#include <system_error>

#include "core/unique_fd.h"

namespace bindscope::core {

// Waits, for as long as it takes, for any of a few descriptors to be readable or hung up.
class waiter {
public:
  // Throws std::system_error.
  waiter() : epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
    if (!epoll_)
      throw std::system_error(errno, std::generic_category(), "cannot wait for events");
  }

  // The descriptor stays the caller's; `events`: as of epoll_ctl(2). Throws std::system_error.
  void add(int fd, std::uint32_t events = EPOLLIN | EPOLLRDHUP) {
    epoll_event event{};
    event.events = events;
    event.data.fd = fd;
    if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) != 0)
      throw std::system_error(errno, std::generic_category(), "cannot wait for events");
  }

  void wait(const std::function<void(int fd)> &on_ready) {
    std::array<epoll_event, 4> ready;
    const int count = ::epoll_wait(epoll_.get(), ready.data(), static_cast<int>(ready.size()), -1);
    for (int i = 0; i < count; i++)
      on_ready(ready[static_cast<std::size_t>(i)].data.fd);
  }

private:
  unique_fd epoll_;
};

} // namespace bindscope::core
