// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include <cstring>
#include <functional>
#include <string>
#include <vector>

#include "core/handoff_reader.h"
#include "core/helper_failure.h"

using namespace bindscope;
using core::helper_failure;
using core::unique_fd;

namespace {

handoff::message good_message() {
  handoff::message message{};
  message.magic = handoff::magic;
  message.version = handoff::version;
  message.helper_pid = 4711;
  message.hook_count = 2;
  message.hooks[0] = {
      handoff::fact::bound, handoff::hook_state::attached, 0, 0, "cgroup/post_bind4", ""};
  message.hooks[1] = {handoff::fact::listening, handoff::hook_state::failed, 1, 0, "fexit/x", ""};
  message.descriptor_count = 7;
  message.descriptors[0] = handoff::descriptor::ring;
  message.descriptors[1] = handoff::descriptor::stats;
  message.descriptors[2] = handoff::descriptor::iter_process;
  message.descriptors[3] = handoff::descriptor::iter_socket;
  message.descriptors[4] = handoff::descriptor::watched_ports;
  message.descriptors[5] = handoff::descriptor::activity;
  message.descriptors[6] = handoff::descriptor::iter_connections;
  return message;
}

std::vector<unique_fd> descriptors(std::size_t count) {
  std::vector<unique_fd> made;
  for (std::size_t i = 0; i < count; i++)
    made.emplace_back(::memfd_create("test", MFD_CLOEXEC));
  return made;
}

int open_descriptors() {
  int count = 0;
  for (int fd = 0; fd < 1024; fd++)
    count += ::fcntl(fd, F_GETFD) >= 0 ? 1 : 0;
  return count;
}

// The failure that reading gives after `change` was done to a good message.
helper_failure failure_after(const std::function<void(handoff::message &)> &change,
                             std::size_t descriptor_count = 7) {
  handoff::message message = good_message();
  change(message);
  const int before = open_descriptors();
  try {
    core::read_handoff(&message, sizeof(message), descriptors(descriptor_count));
  } catch (const helper_failure &failure) {
    CHECK(open_descriptors() == before);
    return failure;
  }
  FAIL("the message was taken");
  return {helper_failure::kind::failed, ""};
}

} // namespace

TEST_CASE("a good hand-off is taken apart") {
  const handoff::message message = good_message();
  std::vector<unique_fd> given = descriptors(7);
  const int ring = given[0].get();
  const int iter_socket = given[3].get();
  const int iter_connections = given[6].get();
  const core::received_handoff received =
      core::read_handoff(&message, sizeof(message), std::move(given));
  CHECK(received.helper_pid == 4711);
  CHECK(received.ring.get() == ring);
  CHECK(received.iter_socket.get() == iter_socket);
  CHECK(received.iter_connections.get() == iter_connections);
  REQUIRE(received.hooks.size() == 2);
  CHECK(received.hooks[0].name == "cgroup/post_bind4");
  CHECK(received.hooks[0].reason == "");
  CHECK(received.hooks[1].state == handoff::hook_state::failed);
  CHECK(received.hooks[1].reason == "Operation not permitted");
}

TEST_CASE(
    "iterators and the activity probe may be missing, the ring buffer and its counters may not") {
  handoff::message message = good_message();
  message.descriptor_count = 2;
  const core::received_handoff received =
      core::read_handoff(&message, sizeof(message), descriptors(2));
  CHECK_FALSE(received.iter_process);
  CHECK_FALSE(received.watched_ports);
  CHECK(failure_after([](auto &m) { m.descriptor_count = 1; }, 1).why ==
        helper_failure::kind::protocol);
}

TEST_CASE("anything that is not exactly the hand-off is refused, and no descriptor leaks") {
  using kind = helper_failure::kind;
  CHECK(failure_after([](auto &m) { m.magic++; }).why == kind::protocol);
  CHECK(failure_after([](auto &m) { m.version++; }).why == kind::protocol);
  CHECK(failure_after([](auto &m) { m.result = static_cast<handoff::status>(9); }).why ==
        kind::protocol);
  CHECK(failure_after([](auto &m) { m.hook_count = handoff::max_hooks + 1; }).why ==
        kind::protocol);
  CHECK(failure_after([](auto &m) { m.descriptor_count = handoff::max_descriptors + 1; }, 9).why ==
        kind::protocol);
  CHECK(failure_after([](auto &) {}, 6).why == kind::protocol);
  CHECK(failure_after([](auto &) {}, 8).why == kind::protocol);
  CHECK(failure_after([](auto &m) {
          m.descriptors[1] = static_cast<handoff::descriptor>(99);
        }).why == kind::protocol);
  CHECK(failure_after([](auto &m) { m.descriptors[1] = handoff::descriptor::ring; }).why ==
        kind::protocol);
  CHECK(failure_after([](auto &m) { m.hooks[0].told = static_cast<handoff::fact>(10); }).why ==
        kind::protocol);
  CHECK(failure_after([](auto &m) {
          m.hooks[0].state = static_cast<handoff::hook_state>(3);
        }).why == kind::protocol);
  CHECK(failure_after([](auto &m) {
          std::memset(m.hooks[1].name, 'x', sizeof(m.hooks[1].name));
        }).why == kind::protocol);
  CHECK(failure_after([](auto &m) { std::memset(m.text, 'x', sizeof(m.text)); }).why ==
        kind::protocol);
}

TEST_CASE("a message of another size is refused") {
  const handoff::message message = good_message();
  CHECK_THROWS_AS(core::read_handoff(&message, sizeof(message) - 1, descriptors(7)),
                  helper_failure);
  CHECK_THROWS_AS(core::read_handoff(&message, 0, descriptors(0)), helper_failure);
}

TEST_CASE("a helper that refuses or fails is heard in its own words") {
  const helper_failure refused = failure_after([](auto &m) {
    m.result = handoff::status::refused;
    std::strcpy(m.text, "You are uid 65534, not 1000.");
  });
  CHECK(refused.why == helper_failure::kind::refused);
  CHECK(std::string(refused.what()) == "You are uid 65534, not 1000.");

  const helper_failure failed = failure_after([](auto &m) { m.result = handoff::status::failed; });
  CHECK(failed.why == helper_failure::kind::failed);
  CHECK(std::string(failed.what()).find("fexit/x: Operation not permitted") != std::string::npos);
}

TEST_CASE("a hand-off crosses a socket, close-on-exec") {
  int ends[2];
  REQUIRE(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == 0);
  const unique_fd ours(ends[0]);
  unique_fd theirs(ends[1]);

  handoff::message message = good_message();
  const std::vector<unique_fd> sent = descriptors(7);
  iovec part{&message, sizeof(message)};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int) * 7)] = {};
  msghdr header{};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  header.msg_control = control;
  header.msg_controllen = sizeof(control);
  cmsghdr *rights = CMSG_FIRSTHDR(&header);
  rights->cmsg_level = SOL_SOCKET;
  rights->cmsg_type = SCM_RIGHTS;
  rights->cmsg_len = CMSG_LEN(sizeof(int) * 7);
  for (std::size_t i = 0; i < 7; i++) {
    const int fd = sent[i].get();
    std::memcpy(CMSG_DATA(rights) + i * sizeof(int), &fd, sizeof(fd));
  }
  REQUIRE(::sendmsg(theirs.get(), &header, 0) == static_cast<ssize_t>(sizeof(message)));

  const core::received_handoff received = core::receive_handoff(ours.get());
  CHECK((::fcntl(received.ring.get(), F_GETFD) & FD_CLOEXEC) != 0);
  CHECK((::fcntl(received.iter_socket.get(), F_GETFD) & FD_CLOEXEC) != 0);

  theirs.reset();
  try {
    core::receive_handoff(ours.get());
    FAIL("a hang-up was taken for a hand-off");
  } catch (const helper_failure &failure) {
    CHECK(failure.why == helper_failure::kind::unreachable);
  }
}

TEST_CASE("a message longer than a hand-off is refused") {
  int ends[2];
  REQUIRE(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == 0);
  const unique_fd ours(ends[0]), theirs(ends[1]);
  std::vector<char> bytes(sizeof(handoff::message) + 1);
  const handoff::message message = good_message();
  std::memcpy(bytes.data(), &message, sizeof(message));
  REQUIRE(::send(theirs.get(), bytes.data(), bytes.size(), 0) > 0);
  CHECK_THROWS_WITH_AS(core::receive_handoff(ours.get()),
                       doctest::Contains("longer than it may be"), helper_failure);
}
