// SPDX-License-Identifier: Apache-2.0
//
// Helper → engine: one message of any length with any number of descriptors over the socket.
//
//   u8   descriptors attached
//   i8   bytes by which the message is longer than a hand-off
//   …    the message, zeros behind the end
#include <fcntl.h>
#include <sys/socket.h>

#include <algorithm>
#include <iterator>
#include <vector>

#include "core/handoff_reader.h"
#include "core/helper_failure.h"
#include "descriptors.h"
#include "input.h"

using namespace bindscope;
using core::unique_fd;

namespace {

// The number that the next descriptor would have: it grows by every one that leaks.
int next_descriptor() {
  return unique_fd(::open("/dev/null", O_RDONLY | O_CLOEXEC)).get();
}

void check(const core::received_handoff &received, std::size_t sent) {
  fuzz::require(received.ring && received.stats, "a hand-off has a ring buffer and its counters");
  const unique_fd *places[] = {
      &received.ring,          &received.stats,    &received.iter_process,    &received.iter_socket,
      &received.watched_ports, &received.activity, &received.iter_connections};
  const auto held = std::count_if(std::begin(places), std::end(places),
                                  [](const unique_fd *one) { return static_cast<bool>(*one); });
  fuzz::require(static_cast<std::size_t>(held) + received.programs.size() == sent,
                "every descriptor has one place");
  fuzz::require(received.hooks.size() <= handoff::max_hooks, "no more hooks than fit");
  for (const core::hook_report &hook : received.hooks)
    fuzz::require(hook.told <= handoff::fact::activity &&
                      hook.state <= handoff::hook_state::unused &&
                      hook.name.size() < sizeof(handoff::hook::name),
                  "every hook is one that can be");
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *bytes, std::size_t size) {
  fuzz::input input(bytes, size);
  const std::size_t count = input.byte() % (fuzz::most_descriptors + 1);
  const auto longer = input.number<std::int8_t>();
  const std::string_view content = input.rest();
  std::vector<char> message(sizeof(handoff::message) + longer);
  std::copy_n(content.begin(), std::min(content.size(), message.size()), message.begin());

  const int before = next_descriptor();
  {
    int ends[2];
    fuzz::require(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == 0,
                  "a socket pair can be made");
    const unique_fd ours(ends[0]), theirs(ends[1]);
    const ssize_t sent =
        fuzz::send_with_descriptors(theirs.get(), {message.data(), message.size()}, count, 0);
    fuzz::require(sent == static_cast<ssize_t>(message.size()), "the message can be sent");
    try {
      check(core::receive_handoff(ours.get()), count);
    } catch (const core::helper_failure &failure) {
      fuzz::require(*failure.what() != '\0', "a refusal has words");
    }
  }
  fuzz::require(next_descriptor() == before, "no descriptor leaks");
  return 0;
}
