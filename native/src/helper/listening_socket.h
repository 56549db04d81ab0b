// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <string>

#include "core/unique_fd.h"

namespace bindscope::helper {

/*
 * A SOCK_SEQPACKET unix socket bound to a path and listening: mode 0600, owned by the peer. Its
 * folder must belong to root, to us or to the peer, and be writable by nobody else. A socket left
 * there is replaced; anything else is not. The path is removed when this object goes.
 */
class listening_socket {
public:
  // Throws std::runtime_error with one line: what, where, how to mend it.
  listening_socket(const std::string &path, uid_t peer);
  ~listening_socket();
  listening_socket(const listening_socket &) = delete;
  listening_socket &operator=(const listening_socket &) = delete;

  int fd() const { return socket_.get(); }

private:
  core::unique_fd folder_;
  std::string name_;
  uid_t folder_owner_ = 0;
  core::unique_fd socket_;
};

} // namespace bindscope::helper
