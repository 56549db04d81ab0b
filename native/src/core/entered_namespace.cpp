// SPDX-License-Identifier: Apache-2.0
#include "core/entered_namespace.h"

#include <fcntl.h>
#include <linux/netlink.h>
#include <sched.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "core/proc_fs.h"
#include "core/received_descriptors.h"
#include "core/sock_diag.h"

namespace bindscope::core {

namespace {

// Of /proc/sys/kernel/overflowuid, which nobody changes.
constexpr std::uint32_t overflow_user = 65534;

int open_netlink() {
  return ::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
}

unique_fd open_by_thread(const unique_fd &netns) {
  unique_fd netlink;
  std::thread([&] {
    if (::setns(netns.get(), CLONE_NEWNET) == 0)
      netlink.reset(open_netlink());
  }).join();
  return netlink;
}

union descriptor_room {
  cmsghdr header;
  char bytes[CMSG_SPACE(sizeof(int))];
};

// Sends a descriptor. Async-signal-safe.
void send_descriptor(int socket, int descriptor) {
  char word = 0;
  iovec part{&word, sizeof(word)};
  descriptor_room room;
  std::memset(&room, 0, sizeof(room));
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = room.bytes;
  message.msg_controllen = sizeof(room.bytes);
  room.header.cmsg_len = CMSG_LEN(sizeof(int));
  room.header.cmsg_level = SOL_SOCKET;
  room.header.cmsg_type = SCM_RIGHTS;
  std::memcpy(CMSG_DATA(&room.header), &descriptor, sizeof(descriptor));
  ::sendmsg(socket, &message, MSG_NOSIGNAL);
}

// None when the other end was closed without a word.
unique_fd receive_descriptor(int socket) {
  char word = 0;
  iovec part{&word, sizeof(word)};
  descriptor_room room;
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = room.bytes;
  message.msg_controllen = sizeof(room.bytes);
  ssize_t got;
  do
    got = ::recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
  while (got < 0 && errno == EINTR);
  if (got <= 0)
    return unique_fd();
  std::vector<unique_fd> descriptors = received_descriptors(message);
  return descriptors.empty() ? unique_fd() : std::move(descriptors.front());
}

// A process with several threads cannot enter a user namespace, so a child does. It runs our
// program with one thread of it, and so calls nothing that could wait for another; nor does a
// signal, whose handler would write to pipes that it shares with us.
unique_fd open_by_child(const unique_fd &users, const unique_fd &netns) {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
    return unique_fd();
  const unique_fd ours(ends[0]);
  unique_fd theirs(ends[1]);
  sigset_t all, before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_BLOCK, &all, &before);
  const pid_t child = ::fork();
  if (child == 0) {
    if (::setns(users.get(), CLONE_NEWUSER) == 0 && ::setns(netns.get(), CLONE_NEWNET) == 0)
      if (const int netlink = open_netlink(); netlink >= 0)
        send_descriptor(theirs.get(), netlink);
    ::_exit(0);
  }
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  theirs.reset();
  if (child < 0)
    return unique_fd();
  unique_fd netlink = receive_descriptor(ours.get());
  while (::waitpid(child, nullptr, 0) < 0 && errno == EINTR) {
  }
  return netlink;
}

} // namespace

user_map::user_map(std::string_view text) : ranges_(std::in_place) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    std::uint64_t fields[3];
    std::size_t count = 0;
    const char *at = line.data();
    const char *const stop = line.data() + line.size();
    while (count < 3) {
      while (at != stop && *at == ' ')
        at++;
      const auto [behind, error] = std::from_chars(at, stop, fields[count]);
      if (error != std::errc{})
        break;
      at = behind;
      count++;
    }
    if (count == 3 && at == stop)
      ranges_->push_back({fields[0], fields[1], fields[2]});
  }
}

std::uint32_t user_map::outside(std::uint32_t inside) const {
  if (!ranges_)
    return inside;
  for (const range &known : *ranges_)
    if (inside >= known.inside && inside - known.inside < known.length)
      return static_cast<std::uint32_t>(known.outside + (inside - known.inside));
  return overflow_user;
}

std::optional<entered_sock_diag> open_sock_diag_in(const unique_fd &netns,
                                                   const unique_fd &process) {
  entered_sock_diag entered;
  entered.netlink = open_by_thread(netns);
  if (!entered.netlink) {
    const unique_fd users(::openat(process.get(), "ns/user", O_RDONLY | O_CLOEXEC));
    std::string map;
    if (!users || !read_file_at(process.get(), "uid_map", map))
      return std::nullopt;
    entered.netlink = open_by_child(users, netns);
    entered.users = user_map(map);
  }
  if (!entered.netlink)
    return std::nullopt;
  set_dump_patience(entered.netlink);
  return entered;
}

} // namespace bindscope::core
