// SPDX-License-Identifier: Apache-2.0
//
// Sockets with a port that no process we can see holds by a descriptor: the kernel's own (NFS,
// WireGuard), io_uring's direct descriptors, those in flight over a unix socket, those of a process
// in an outer pid namespace. The iterators walk descriptors and cannot tell of them; sock_diag can.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "core/snapshot.h"
#include "core/sock_diag.h"

namespace bindscope::core {

// What one snapshot leaves to the next of its session.
struct holderless_state {
  std::vector<diag_socket> sockets;    // without a holder
  std::size_t rows = 0;                // of the iterator
  std::optional<std::int64_t> balance; // see dump_is_due; none before the first dump
  std::uint64_t dumped_at = 0;         // boot clock
};

// Any thread.
class known_holderless {
public:
  holderless_state recall() const;
  void remember(holderless_state state);

private:
  mutable std::mutex mutex_;
  holderless_state state_;
};

// Up to so many rows a dump is cheap, and made during every pass (measured: 1 us a socket).
constexpr std::size_t always_dumped_rows = 1'000;

// Whether a dump can tell something new. Where many sockets are open it takes as long as the pass
// itself, so it is left out while the `balance` is that of the last dump: the kernel's count of
// sockets in use in our network namespace less the rows of the pass in it. What the counts do not
// show (bound TCP that neither listens nor connects, changes that cancel out) waits for half a
// minute at most.
bool dump_is_due(const holderless_state &last, std::size_t rows,
                 std::optional<std::int64_t> balance, std::uint64_t now);

// TCP and UDP sockets in use, of the text of /proc/net/sockstat or /proc/net/sockstat6. None where
// it does not say.
std::optional<std::int64_t> parse_sockets_in_use(std::string_view sockstat);

// Those of `dumped` that `reported` has neither by cookie nor by inode, each once. The inode counts
// because an MPTCP socket and its first subflow have one inode and two cookies.
std::vector<diag_socket> sockets_without_row(const std::vector<diag_socket> &dumped,
                                             const socket_columns &reported);

// What the rule below asks of the machine.
struct holder_checks {
  // Those that exist now, as they are now.
  std::function<std::vector<diag_socket>(const std::vector<diag_socket> &)> still_there;
  // Another whole pass over the descriptors of all processes.
  std::function<socket_columns()> pass_again;
};

// The sockets of `dumped` that have no holder. A dump and a pass never see the same moment, so a
// missing row alone says nothing: the socket may have been made behind the pass's back or closed
// before it came. A socket counts as held by nobody only if it was there before a pass began and
// after it ended, and that pass did not meet it. `dumped` was made while the pass that gave
// `reported` ran, or later, so this pass speaks only for those in `known`, which an earlier
// snapshot saw. Others that still exist are judged by a second pass: cookies are never used again,
// hence none of them is another socket meanwhile. (A descriptor that travels, during both passes,
// from a process not yet visited to one already visited is missed; it is put right by the next
// snapshot.)
std::vector<diag_socket> find_holderless(const std::vector<diag_socket> &dumped,
                                         const socket_columns &reported,
                                         const std::vector<diag_socket> &known,
                                         const holder_checks &checks);

} // namespace bindscope::core
