// SPDX-License-Identifier: Apache-2.0
#include "helper/iterator_service.h"

#include <linux/bpf.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "core/unique_fd.h"

namespace bindscope::helper {

namespace {

using handoff::fact;

int link_of(const iterator_links &links, fact told) {
  return told == fact::processes ? links.processes : links.sockets;
}

// None and errno where the kernel refuses.
core::unique_fd start(int link) {
  bpf_attr attributes{};
  attributes.iter_create.link_fd = static_cast<__u32>(link);
  return core::unique_fd(static_cast<int>(
      ::syscall(SYS_bpf, BPF_ITER_CREATE, &attributes, sizeof(attributes.iter_create))));
}

// Only a request, whole and alone, is returned.
std::optional<fact> receive_request(int socket) {
  handoff::iterator_request request[2]; // room to see that more came than may
  iovec part{request, sizeof(request)};
  msghdr header{};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  // There is no room for a descriptor: the kernel drops it and says so.
  const ssize_t got = ::recvmsg(socket, &header, MSG_DONTWAIT);
  if (got < 0 || (header.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0)
    return std::nullopt;
  return parse_iterator_request(request, static_cast<std::size_t>(got));
}

// `iterator`: none where `error` is not 0. Returns 0 or an errno.
int send_reply(int socket, int error, const core::unique_fd &iterator) {
  handoff::iterator_reply reply{error};
  iovec part{&reply, sizeof(reply)};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
  msghdr header{};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  if (iterator) {
    header.msg_control = control;
    header.msg_controllen = sizeof(control);
    cmsghdr *item = CMSG_FIRSTHDR(&header);
    item->cmsg_level = SOL_SOCKET;
    item->cmsg_type = SCM_RIGHTS;
    item->cmsg_len = CMSG_LEN(sizeof(int));
    const int fd = iterator.get();
    std::memcpy(CMSG_DATA(item), &fd, sizeof(fd));
  }
  return ::sendmsg(socket, &header, MSG_NOSIGNAL | MSG_DONTWAIT) < 0 ? errno : 0;
}

// False when there is no going on.
bool answer(int socket, int link) {
  const core::unique_fd iterator = start(link);
  int error = iterator ? 0 : errno;
  if (error == 0) {
    error = send_reply(socket, 0, iterator);
    // The peer's user has more descriptors on their way than a process as limited as this may add
    // to: the peer waits and asks again.
    if (error != ETOOMANYREFS)
      return error == 0;
  }
  return send_reply(socket, error, {}) == 0;
}

} // namespace

bool iterators_need_privilege(const iterator_links &links) {
  for (const int link : {links.processes, links.sockets})
    if (link >= 0 && !start(link) && errno == EPERM)
      return true;
  return false;
}

std::optional<fact> parse_iterator_request(const void *bytes, std::size_t size) {
  handoff::iterator_request request;
  if (size != sizeof(request))
    return std::nullopt;
  std::memcpy(&request, bytes, sizeof(request));
  for (const fact told : {fact::sockets, fact::processes})
    if (request == static_cast<handoff::iterator_request>(told))
      return told;
  return std::nullopt;
}

void serve_iterators(int socket, const iterator_links &links) {
  for (;;) {
    pollfd watched{socket, POLLIN | POLLRDHUP, 0};
    if (::poll(&watched, 1, -1) < 0) {
      if (errno == EINTR)
        continue;
      return;
    }
    if (watched.revents != POLLIN)
      return;
    const std::optional<fact> asked = receive_request(socket);
    if (!asked || link_of(links, *asked) < 0 || !answer(socket, link_of(links, *asked)))
      return;
  }
}

} // namespace bindscope::helper
