// SPDX-License-Identifier: Apache-2.0
#include "core/destroy_notices.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "core/clocks.h"
#include "core/sock_diag.h"

namespace bindscope::core {

void known_sockets::replace(const socket_columns &sockets) {
  std::unordered_map<std::uint64_t, bs_event> records;
  for (std::size_t i = 0; i < sockets.cookie.size(); i++) {
    const bool bound = sockets.protocol[i] == IPPROTO_UDP || sockets.state[i] == TCP_LISTEN ||
                       sockets.state[i] == TCP_CLOSE;
    if (!bound || sockets.cookie[i] == 0)
      continue;
    bs_event record{};
    record.kind = BS_CLOSED;
    record.size = sizeof(record);
    record.cookie = sockets.cookie[i];
    record.netns = sockets.netns[i];
    record.uid = sockets.uid[i];
    record.family = sockets.family[i];
    record.port = sockets.port[i];
    record.protocol = sockets.protocol[i];
    record.hook = BS_HOOK_SOCK_DIAG_DESTROY;
    std::copy(sockets.address[i].begin(), sockets.address[i].end(), std::begin(record.address));
    records.emplace(record.cookie, record);
  }
  const std::lock_guard<std::mutex> lock(mutex_);
  records_.swap(records);
}

bool known_sockets::take_closed(std::uint64_t cookie, bs_event &record) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto found = records_.find(cookie);
  if (found == records_.end())
    return false;
  record = found->second;
  records_.erase(found);
  return true;
}

destroy_notices::destroy_notices(known_sockets &known)
    : netlink_(open_destroy_notices()), known_(known) {}

std::uint64_t destroy_notices::read(const std::function<void(const bs_event &)> &on_closed) {
  std::uint64_t overruns = 0;
  std::array<std::uint8_t, 1 << 14> buffer;
  for (;;) {
    const ssize_t got = ::recv(netlink_.get(), buffer.data(), buffer.size(), 0);
    if (got < 0 && errno == EINTR)
      continue;
    if (got < 0 && errno == ENOBUFS) {
      overruns++;
      continue;
    }
    if (got <= 0)
      break;
    parse_diag_messages(buffer.data(), static_cast<std::size_t>(got),
                        [&](const diag_socket &socket) {
                          bs_event record;
                          if (!known_.take_closed(socket.cookie, record))
                            return;
                          record.time_ns = boot_clock();
                          on_closed(record);
                        });
  }
  const auto dropped = dropped_notices(netlink_.get());
  if (!dropped)
    return overruns;
  return static_cast<std::uint32_t>(*dropped - std::exchange(dropped_, *dropped));
}

} // namespace bindscope::core
