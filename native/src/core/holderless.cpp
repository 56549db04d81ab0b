// SPDX-License-Identifier: Apache-2.0
#include "core/holderless.h"

#include <algorithm>
#include <charconv>
#include <system_error>
#include <utility>

#include "core/clocks.h"
#include "core/seen_set.h"

namespace bindscope::core {

holderless_state known_holderless::recall() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return state_;
}

void known_holderless::remember(holderless_state state) {
  const std::lock_guard<std::mutex> lock(mutex_);
  state_ = std::move(state);
}

bool dump_is_due(const holderless_state &last, std::size_t rows,
                 std::optional<std::int64_t> balance, std::uint64_t now) {
  constexpr std::uint64_t longest_wait = 30 * nanoseconds_per_second;
  return rows <= always_dumped_rows || !balance || balance != last.balance ||
         now - last.dumped_at >= longest_wait;
}

std::optional<std::int64_t> parse_sockets_in_use(std::string_view sockstat) {
  std::optional<std::int64_t> sum;
  while (!sockstat.empty()) {
    const std::size_t end = std::min(sockstat.find('\n'), sockstat.size());
    const std::string_view line = sockstat.substr(0, end);
    sockstat.remove_prefix(std::min(end + 1, sockstat.size()));
    for (const std::string_view key :
         {"TCP: inuse ", "UDP: inuse ", "TCP6: inuse ", "UDP6: inuse "}) {
      std::int32_t count = 0; // as wide as the kernel's
      if (line.compare(0, key.size(), key) == 0 &&
          std::from_chars(line.data() + key.size(), line.data() + line.size(), count).ec ==
              std::errc{})
        sum = sum.value_or(0) + count;
    }
  }
  return sum;
}

namespace {

// Takes those out whose `key` is in `column`, and all but the first of equal ones. The set is made
// of the sockets asked for, which are few as a rule, not of the rows.
void remove_reported(std::vector<diag_socket> &sockets, std::uint64_t diag_socket::*key,
                     const std::vector<std::uint64_t> &column) {
  seen_set asked;
  for (const diag_socket &socket : sockets)
    asked.insert(socket.*key);
  seen_set met;
  for (const std::uint64_t value : column)
    if (asked.contains(value))
      met.insert(value);
  sockets.erase(std::remove_if(sockets.begin(), sockets.end(),
                               [&](const diag_socket &socket) { return !met.insert(socket.*key); }),
                sockets.end());
}

} // namespace

std::vector<diag_socket> sockets_without_row(const std::vector<diag_socket> &dumped,
                                             const socket_columns &reported) {
  std::vector<diag_socket> missing = dumped;
  remove_reported(missing, &diag_socket::cookie, reported.cookie);
  if (!missing.empty())
    remove_reported(missing, &diag_socket::inode, reported.inode);
  return missing;
}

std::vector<diag_socket> find_holderless(const std::vector<diag_socket> &dumped,
                                         const socket_columns &reported,
                                         const std::vector<diag_socket> &known,
                                         const holder_checks &checks) {
  std::vector<diag_socket> holderless = sockets_without_row(dumped, reported);
  if (holderless.empty())
    return holderless;
  holderless = checks.still_there(holderless);
  std::unordered_set<std::uint64_t> cookies;
  for (const diag_socket &socket : known)
    cookies.insert(socket.cookie);
  const auto unknown =
      std::partition(holderless.begin(), holderless.end(), [&](const diag_socket &socket) {
        return cookies.find(socket.cookie) != cookies.end();
      });
  if (unknown == holderless.end())
    return holderless;
  std::vector<diag_socket> fresh(unknown, holderless.end());
  holderless.erase(unknown, holderless.end());
  fresh = sockets_without_row(fresh, checks.pass_again());
  if (!fresh.empty())
    fresh = checks.still_there(fresh);
  holderless.insert(holderless.end(), fresh.begin(), fresh.end());
  return holderless;
}

} // namespace bindscope::core
