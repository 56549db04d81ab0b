// SPDX-License-Identifier: Apache-2.0
//
// Engine → helper: whatever the peer does once it has its hand-off, before the real end of the
// helper's socket that waits for it.
//
//   acts:
//   u8    0: says so many bytes (u8) with so many descriptors (u8); 1: will say no more; 2: leaves
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/unique_fd.h"
#include "helper/peer.h"
#include "input.h"

using namespace bindscope;
using core::unique_fd;

namespace {

constexpr std::size_t most_descriptors = 4;

void say(int socket, std::string_view words, std::size_t count) {
  static const int attached = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  iovec part{const_cast<char *>(words.data()), words.size()};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int) * most_descriptors)] = {};
  msghdr header{};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  if (count > 0) {
    header.msg_control = control;
    header.msg_controllen = CMSG_SPACE(sizeof(int) * count);
    cmsghdr *rights = CMSG_FIRSTHDR(&header);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(sizeof(int) * count);
    for (std::size_t i = 0; i < count; i++)
      std::memcpy(CMSG_DATA(rights) + i * sizeof(int), &attached, sizeof(attached));
  }
  ::sendmsg(socket, &header, MSG_NOSIGNAL | MSG_DONTWAIT);
}

void act(fuzz::input &input, unique_fd &peer) {
  switch (input.byte() % 3) {
  case 0: {
    const std::size_t length = input.byte();
    const std::size_t count = input.byte() % (most_descriptors + 1);
    return say(peer.get(), input.take(length), count);
  }
  case 1:
    ::shutdown(peer.get(), SHUT_WR);
    return;
  default:
    return peer.reset();
  }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *bytes, std::size_t size) {
  int ends[2];
  fuzz::require(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == 0,
                "a socket pair can be made");
  unique_fd peer(ends[0]);
  const unique_fd ours(ends[1]);
  fuzz::require(helper::why_no_peer(ours.get()).empty(), "a socket pair has a peer");
  fuzz::require(helper::peer_uid(ours.get()) == ::geteuid(), "the peer is known by its user");

  fuzz::input input(bytes, size);
  if (input.empty())
    peer.reset();
  while (!input.empty() && peer)
    act(input, peer);
  // Comes back whatever was done; a target that hangs is a finding.
  helper::wait_for_hangup(ours.get());
  return 0;
}
