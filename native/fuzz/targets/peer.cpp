// SPDX-License-Identifier: Apache-2.0
//
// Engine → helper: whatever the peer does once it has its hand-off, before the real end of the
// helper's socket that waits for it.
//
//   u8    1: the helper starts iterators when asked; 2: it has the one of processes; 4: of sockets
//   acts:
//   u8    0: says so many bytes (u8) with so many descriptors (u8); 1: will say no more; 2: leaves
#include <sys/socket.h>
#include <unistd.h>

#include "core/unique_fd.h"
#include "descriptors.h"
#include "helper/iterator_service.h"
#include "helper/peer.h"
#include "input.h"

using namespace bindscope;
using core::unique_fd;

namespace {

constexpr std::size_t most_descriptors_said = 4;

// So few that all fit the socket.
constexpr int most_acts = 64;

void say(int socket, std::string_view words, std::size_t count) {
  fuzz::require(fuzz::send_with_descriptors(socket, words, count, MSG_NOSIGNAL | MSG_DONTWAIT) >= 0,
                "the peer can speak");
}

// A peer, and what the helper owes it.
class talkative_peer {
public:
  talkative_peer(unique_fd socket, const helper::iterator_links &links)
      : socket_(std::move(socket)), links_(links) {}

  // False when nothing more can be done.
  bool act(fuzz::input &input) {
    switch (input.byte() % 3) {
    case 0: {
      const std::size_t length = input.byte();
      const std::size_t count = input.byte() % (most_descriptors_said + 1);
      const std::string_view words = input.take(length);
      say(socket_.get(), words, count);
      heard_ = heard_ && count == 0 && is_request(words);
      owed_ += heard_ ? 1 : 0;
      return true;
    }
    case 1:
      ::shutdown(socket_.get(), SHUT_WR);
      owed_ = 0;
      return false;
    default:
      socket_.reset();
      return false;
    }
  }

  // So that the helper comes to an end after all that was said.
  void say_goodbye() { say(socket_.get(), "bye", 0); }

  // Every request up to the first word that is none was answered, and nothing else.
  void check_replies() {
    if (!socket_)
      return;
    for (; owed_ > 0; owed_--) {
      handoff::iterator_reply reply{};
      fuzz::require(::recv(socket_.get(), &reply, sizeof(reply), MSG_DONTWAIT) == sizeof(reply),
                    "a request is answered");
      fuzz::require(reply.error > 0, "an iterator that cannot be started is refused with an errno");
    }
    char more;
    fuzz::require(::recv(socket_.get(), &more, 1, MSG_DONTWAIT) < 0, "nothing else is said");
  }

private:
  bool is_request(std::string_view words) const {
    if (words.size() != sizeof(handoff::iterator_request))
      return false;
    const auto asked = static_cast<handoff::fact>(static_cast<unsigned char>(words.front()));
    return (asked == handoff::fact::processes && links_.processes >= 0) ||
           (asked == handoff::fact::sockets && links_.sockets >= 0);
  }

  unique_fd socket_;
  const helper::iterator_links links_;
  bool heard_ = true; // nothing but requests so far
  int owed_ = 0;      // replies
};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *bytes, std::size_t size) {
  int ends[2];
  fuzz::require(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == 0,
                "a socket pair can be made");
  const unique_fd ours(ends[1]);
  fuzz::input input(bytes, size);
  const std::uint8_t kind = input.byte();
  // No link of an iterator: the kernel refuses to start one.
  const helper::iterator_links links{(kind & 2) != 0 ? fuzz::some_file() : -1,
                                     (kind & 4) != 0 ? fuzz::some_file() : -1};
  talkative_peer peer(unique_fd(ends[0]), links);
  fuzz::require(helper::why_no_peer(ours.get()).empty(), "a socket pair has a peer");
  fuzz::require(helper::peer_uid(ours.get()) == ::geteuid(), "the peer is known by its user");

  bool present = true;
  for (int left = most_acts; present && left > 0 && !input.empty(); left--)
    present = peer.act(input);
  if (present)
    peer.say_goodbye();
  // Both come back whatever was done: one that hangs is a finding.
  if ((kind & 1) == 0) {
    helper::wait_for_hangup(ours.get());
  } else {
    helper::serve_iterators(ours.get(), links);
    peer.check_replies();
  }
  return 0;
}
