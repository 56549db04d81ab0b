// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "core/unique_fd.h"

namespace bindscope::core {

// What /proc/PID/uid_map says: users of a user namespace, and who they are in ours.
class user_map {
public:
  // Everybody is who he is.
  user_map() = default;
  // Lines that are malformed are left out.
  explicit user_map(std::string_view text);

  // Who somebody of that namespace is in ours; the kernel's "nobody" where the map does not say.
  std::uint32_t outside(std::uint32_t inside) const;

private:
  struct range {
    std::uint64_t inside, outside, length;
  };
  std::optional<std::vector<range>> ranges_;
};

// A sock_diag socket in a network namespace, and whose users it tells.
struct entered_sock_diag {
  unique_fd netlink;
  user_map users;
};

// A sock_diag socket in another network namespace, given as the `ns/net` of a process (`process`:
// its directory in /proc). Only a thread or a child of our own enters it, so nobody else's
// namespace changes. Root may enter as it is; a user enters by the user namespace of the process,
// if it is theirs: containers without root are so. None where we may not, or where it is gone.
std::optional<entered_sock_diag> open_sock_diag_in(const unique_fd &netns,
                                                   const unique_fd &process);

} // namespace bindscope::core
