// SPDX-License-Identifier: Apache-2.0
//
// Kernel → engine: answers and notices of sock_diag, as one datagram.
#include <linux/inet_diag.h>
#include <linux/netlink.h>

#include <cstring>
#include <memory>
#include <system_error>

#include "core/destroy_notices.h"
#include "core/sock_diag.h"
#include "input.h"

using namespace bindscope;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *bytes, std::size_t size) {
  // Of exactly this size, so that reading behind the end is seen.
  const std::unique_ptr<std::uint8_t[]> datagram(new std::uint8_t[size]);
  if (size > 0)
    std::memcpy(datagram.get(), bytes, size);
  core::socket_columns columns;
  try {
    core::parse_diag_messages(datagram.get(), size, [&](const core::diag_socket &socket) {
      core::append_socket(columns, socket, 0, 0);
    });
  } catch (const std::system_error &) {
    // The kernel's word for a request that it refused.
  }
  fuzz::require(columns.cookie.size() <= size / NLMSG_LENGTH(sizeof(inet_diag_msg)),
                "a message tells one socket at most");

  core::known_sockets known;
  known.replace(columns);
  for (const std::uint64_t cookie : columns.cookie) {
    bs_event record{};
    if (!known.take_closed(cookie, record))
      continue;
    fuzz::require(record.cookie == cookie && record.kind == BS_CLOSED,
                  "a closing is told of the socket that closed");
    fuzz::require(!known.take_closed(cookie, record), "a closing is told once");
  }
  return 0;
}
