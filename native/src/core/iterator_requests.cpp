// SPDX-License-Identifier: Apache-2.0
#include "core/iterator_requests.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <chrono>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "core/received_descriptors.h"

namespace bindscope::core {

namespace {

using std::chrono::milliseconds;

// It has nothing else to do, but machines stall.
constexpr milliseconds patience = std::chrono::seconds(10);
// In which the user's other programs take the descriptors that are on their way to them.
constexpr milliseconds longest_crowding = std::chrono::seconds(2);
constexpr const char *what = "cannot have the helper start a BPF iterator";

[[noreturn]] void fail(int error) {
  throw std::system_error(error, std::generic_category(), what);
}

void await_answer(int socket) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  pollfd watched{socket, POLLIN, 0};
  for (;;) {
    const auto left =
        std::chrono::duration_cast<milliseconds>(deadline - std::chrono::steady_clock::now());
    const int ready = left.count() <= 0 ? 0 : ::poll(&watched, 1, static_cast<int>(left.count()));
    if (ready > 0)
      return;
    if (ready == 0)
      fail(ETIMEDOUT);
    if (errno != EINTR)
      fail(errno);
  }
}

// Takes one message, which is there.
handoff::iterator_reply receive_reply(int socket, unique_fd &iterator) {
  handoff::iterator_reply reply{};
  iovec part{&reply, sizeof(reply)};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))];
  msghdr header{};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  header.msg_control = control;
  header.msg_controllen = sizeof(control);
  ssize_t got;
  do
    got = ::recvmsg(socket, &header, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
  while (got < 0 && errno == EINTR);
  if (got < 0)
    fail(errno);
  std::vector<unique_fd> descriptors = received_descriptors(header);
  if (got == 0)
    fail(ECONNRESET);
  if (got != sizeof(reply) || (header.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0 ||
      reply.error < 0 || descriptors.size() != (reply.error == 0 ? 1u : 0u))
    fail(EPROTO);
  if (reply.error == 0)
    iterator = std::move(descriptors.front());
  return reply;
}

} // namespace

iterator_requests::iterator_requests(int socket) : socket_(::fcntl(socket, F_DUPFD_CLOEXEC, 0)) {
  if (!socket_)
    fail(errno);
}

void iterator_requests::end() noexcept {
  ::shutdown(socket_.get(), SHUT_RDWR);
}

handoff::iterator_reply iterator_requests::ask(handoff::fact told, unique_fd &iterator) {
  const std::lock_guard<std::mutex> lock(mutex_);
  try {
    const auto request = static_cast<handoff::iterator_request>(told);
    if (::send(socket_.get(), &request, sizeof(request), MSG_NOSIGNAL) != sizeof(request))
      fail(errno);
    await_answer(socket_.get());
    return receive_reply(socket_.get(), iterator);
  } catch (const std::system_error &) {
    // An answer that came later would be taken for that to another request.
    end();
    throw;
  }
}

unique_fd iterator_requests::start(handoff::fact told) {
  for (milliseconds waited{0}, pause{1};; waited += pause, pause *= 2) {
    unique_fd iterator;
    const handoff::iterator_reply reply = ask(told, iterator);
    if (reply.error == 0)
      return iterator;
    if (reply.error != ETOOMANYREFS || waited >= longest_crowding)
      fail(reply.error);
    std::this_thread::sleep_for(pause);
  }
}

} // namespace bindscope::core
