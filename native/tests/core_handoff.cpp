// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>
#include <functional>
#include <map>
#include <random>
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

// Hand-offs that are nearly right, the same ones each time.
class damaged_handoffs {
public:
  std::size_t below(std::size_t limit) { return engine_() % limit; }

  // Of any length up to a little more than a message.
  std::vector<char> next() {
    handoff::message message = good_message();
    if (below(4) == 0)
      message.result = static_cast<handoff::status>(1 + below(2));
    if (below(4) == 0)
      message.hook_count = static_cast<std::uint32_t>(below(handoff::max_hooks + 2));
    if (below(3) == 0)
      message.descriptor_count = static_cast<std::uint32_t>(below(handoff::max_descriptors + 2));
    if (below(8) == 0)
      std::memset(message.text, 'x', below(sizeof(message.text) + 1));
    if (below(8) == 0)
      std::memset(message.hooks[below(handoff::max_hooks)].reason, 'x',
                  below(sizeof(message.hooks[0].reason) + 1));

    std::vector<char> bytes(sizeof(message));
    std::memcpy(bytes.data(), &message, sizeof(message));
    for (std::size_t left = below(4); left > 0; left--)
      damage(bytes);
    if (below(16) == 0)
      bytes.resize(below(sizeof(message) + 64));
    return bytes;
  }

private:
  void damage(std::vector<char> &bytes) {
    // Half of the time where the counts and meanings are, else anywhere.
    const std::size_t reach = below(2) == 0 ? offsetof(handoff::message, text) : bytes.size();
    if (below(2) == 0) {
      bytes[below(reach)] = static_cast<char>(below(256));
      return;
    }
    static constexpr std::uint32_t words[] = {0,  1,  2,          7,          8,         9,
                                              48, 49, 0x7fffffff, 0x80000000, 0xffffffff};
    const std::uint32_t word = words[below(std::size(words))];
    std::memcpy(bytes.data() + below(reach / sizeof(word)) * sizeof(word), &word, sizeof(word));
  }

  std::mt19937 engine_{20260701};
};

// Why what was taken should not have been; empty when it should.
std::string what_is_wrong(const core::received_handoff &received, std::size_t given) {
  if (!received.ring || !received.stats)
    return "no ring buffer or no counters";
  std::size_t held = 0;
  for (const unique_fd *one :
       {&received.ring, &received.stats, &received.iter_process, &received.iter_socket,
        &received.watched_ports, &received.activity, &received.iter_connections})
    held += *one ? 1 : 0;
  for (const unique_fd &program : received.programs)
    held += program ? 1 : 0;
  if (held != given)
    return "a descriptor that nobody holds";
  if (received.hooks.size() > handoff::max_hooks)
    return "more hooks than fit";
  for (const core::hook_report &hook : received.hooks)
    if (hook.told > handoff::fact::activity || hook.state > handoff::hook_state::unused ||
        hook.name.size() >= sizeof(handoff::hook::name) ||
        hook.reason.size() >= sizeof(handoff::hook::reason))
      return "a hook that cannot be";
  return "";
}

// A message with as many descriptors, from one end of a socket.
void send_with(int socket, const std::vector<char> &bytes, const std::vector<unique_fd> &attached) {
  iovec part{const_cast<char *>(bytes.data()), bytes.size()};
  std::vector<char> control(CMSG_SPACE(sizeof(int) * attached.size()));
  msghdr header{};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  if (!attached.empty()) {
    header.msg_control = control.data();
    header.msg_controllen = control.size();
    cmsghdr *rights = CMSG_FIRSTHDR(&header);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(sizeof(int) * attached.size());
    for (std::size_t i = 0; i < attached.size(); i++) {
      const int fd = attached[i].get();
      std::memcpy(CMSG_DATA(rights) + i * sizeof(int), &fd, sizeof(fd));
    }
  }
  REQUIRE(::sendmsg(socket, &header, 0) == static_cast<ssize_t>(bytes.size()));
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

TEST_CASE("programs are handed over in any number") {
  handoff::message message = good_message();
  std::vector<unique_fd> given = descriptors(handoff::max_descriptors);
  std::vector<int> programs;
  for (std::size_t i = 7; i < handoff::max_descriptors; i++) {
    message.descriptors[i] = handoff::descriptor::program;
    programs.push_back(given[i].get());
  }
  message.descriptor_count = handoff::max_descriptors;
  const core::received_handoff received =
      core::read_handoff(&message, sizeof(message), std::move(given));
  REQUIRE(received.programs.size() == programs.size());
  for (std::size_t i = 0; i < programs.size(); i++)
    CHECK(received.programs[i].get() == programs[i]);
  message = good_message();
  CHECK(core::read_handoff(&message, sizeof(message), descriptors(7)).programs.empty());
}

TEST_CASE("a hand-off says who starts iterators") {
  handoff::message message = good_message();
  CHECK(core::read_handoff(&message, sizeof(message), descriptors(7)).iterators ==
        handoff::iterators::by_peer);
  message.iterators = handoff::iterators::by_helper;
  CHECK(core::read_handoff(&message, sizeof(message), descriptors(7)).iterators ==
        handoff::iterators::by_helper);
}

TEST_CASE("a hand-off of another version is refused by its version, whatever its length") {
  for (const int change : {-1, 1})
    for (const std::size_t size :
         {std::size_t{8}, sizeof(handoff::message), 2 * sizeof(handoff::message)}) {
      CAPTURE(change);
      CAPTURE(size);
      handoff::message message = good_message();
      message.version = static_cast<std::uint32_t>(static_cast<int>(handoff::version) + change);
      std::vector<char> bytes(std::max(size, sizeof(message)));
      std::memcpy(bytes.data(), &message, sizeof(message));
      const std::string wanted = "it is of version " + std::to_string(message.version) +
                                 ", this application knows version " +
                                 std::to_string(handoff::version);
      try {
        core::read_handoff(bytes.data(), size, descriptors(1));
        FAIL("the message was taken");
      } catch (const helper_failure &failure) {
        CHECK(failure.why == helper_failure::kind::protocol);
        CHECK(std::string(failure.what()).find(wanted) != std::string::npos);
      }
      // The same as it is received, where what is too long was cut off.
      int ends[2];
      REQUIRE(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == 0);
      const unique_fd ours(ends[0]), theirs(ends[1]);
      REQUIRE(::send(theirs.get(), bytes.data(), size, 0) == static_cast<ssize_t>(size));
      try {
        core::receive_handoff(ours.get());
        FAIL("the message was taken");
      } catch (const helper_failure &failure) {
        CHECK(std::string(failure.what()).find(wanted) != std::string::npos);
      }
    }
}

TEST_CASE("anything that is not exactly the hand-off is refused, and no descriptor leaks") {
  using kind = helper_failure::kind;
  CHECK(failure_after([](auto &m) { m.magic++; }).why == kind::protocol);
  CHECK(failure_after([](auto &m) { m.version++; }).why == kind::protocol);
  CHECK(failure_after([](auto &m) { m.result = static_cast<handoff::status>(9); }).why ==
        kind::protocol);
  CHECK(failure_after([](auto &m) { m.iterators = static_cast<handoff::iterators>(2); }).why ==
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

  const handoff::message message = good_message();
  std::vector<char> bytes(sizeof(message));
  std::memcpy(bytes.data(), &message, sizeof(message));
  send_with(theirs.get(), bytes, descriptors(7));

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

TEST_CASE("whatever is handed over is taken whole or refused, and no descriptor is lost") {
  damaged_handoffs random;
  int taken = 0;
  std::map<helper_failure::kind, int> refused;
  for (int i = 0; i < 20'000; i++) {
    const std::vector<char> bytes = random.next();
    handoff::message message{};
    std::memcpy(&message, bytes.data(), std::min(bytes.size(), sizeof(message)));
    const std::size_t announced = std::min(message.descriptor_count, handoff::max_descriptors + 1);
    std::vector<unique_fd> given = descriptors(random.below(8) == 0 ? random.below(10) : announced);
    std::vector<int> numbers;
    for (const unique_fd &one : given)
      numbers.push_back(one.get());
    std::string wrong;
    try {
      const core::received_handoff received =
          core::read_handoff(bytes.data(), bytes.size(), std::move(given));
      wrong = what_is_wrong(received, numbers.size());
      taken++;
    } catch (const helper_failure &failure) {
      refused[failure.why]++;
    }
    for (const int fd : numbers)
      if (::fcntl(fd, F_GETFD) >= 0)
        wrong = "a descriptor that is never closed";
    // Not checked one by one: that alone would take longer than all the reading.
    if (!wrong.empty())
      FAIL("case " << i << ": " << wrong);
  }
  CHECK(taken > 1000);
  CHECK(refused[helper_failure::kind::protocol] > 1000);
  CHECK(refused[helper_failure::kind::refused] > 100);
  CHECK(refused[helper_failure::kind::failed] > 100);
}

TEST_CASE("whatever comes over the socket is taken or refused, and no descriptor is lost") {
  damaged_handoffs random;
  const int before = open_descriptors();
  int taken = 0;
  for (int i = 0; i < 3000; i++) {
    int ends[2];
    REQUIRE(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == 0);
    const unique_fd ours(ends[0]), theirs(ends[1]);
    // Up to more than the reader has room for.
    send_with(theirs.get(), random.next(),
              descriptors(random.below(4) == 0 ? random.below(24) : 7));
    try {
      core::receive_handoff(ours.get());
      taken++;
    } catch (const helper_failure &) {
    }
  }
  CHECK(taken > 100);
  CHECK(open_descriptors() == before);
}
