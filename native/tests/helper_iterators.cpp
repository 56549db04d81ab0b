// SPDX-License-Identifier: Apache-2.0
//
// Iterators started by the helper, as kernels before 5.19 need it: what it keeps, what it does for
// its peer and what ends it.
#include <doctest/doctest.h>

#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <condition_variable>
#include <cstdio>
#include <cstring>
#include <mutex>
#include <random>
#include <system_error>

#include "core/iterator_requests.h"
#include "core/session.h"
#include "core/snapshot_iter.h"
#include "helper/confinement.h"
#include "helper/iterator_service.h"
#include "helper/privileges.h"
#include "helper_live.h"
#include "helper_processes.h"

using namespace bindscope;
using namespace bindscope::helper;
using namespace bindscope::helper::test;
using handoff::fact;

namespace {

constexpr const char *no_capability = "0000000000000000";
constexpr const char *cap_bpf_alone = "0000008000000000";
constexpr uid_t somebody = 12345;
constexpr int ended_by_itself = 7;

bool kernel_is_before(int major, int minor) {
  utsname kernel{};
  ::uname(&kernel);
  int found_major = 0, found_minor = 0;
  std::sscanf(kernel.release, "%d.%d", &found_major, &found_minor);
  return std::make_pair(found_major, found_minor) < std::make_pair(major, minor);
}

struct socket_pair {
  socket_pair() {
    int ends[2];
    REQUIRE(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == 0);
    ours.reset(ends[0]);
    theirs.reset(ends[1]);
  }
  core::unique_fd ours;
  core::unique_fd theirs;
};

// A child that serves its end as the helper does, behind the filter, without links that are any.
pid_t serve_without_kernel(socket_pair &ends) {
  const core::unique_fd nothing(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  const pid_t child = fork_for([&] {
    ends.ours.reset();
    if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
      return 98;
    allow_serving_iterators(ends.theirs.get());
    serve_iterators(ends.theirs.get(), {nothing.get(), -1});
    return ended_by_itself;
  });
  ends.theirs.reset();
  return child;
}

bool ended_well(pid_t child) {
  const int status = wait_for_exit(child);
  return WIFEXITED(status) && WEXITSTATUS(status) == ended_by_itself;
}

// `fd` goes along unless it is -1.
bool say(int socket, const std::string &bytes, int fd = -1) {
  iovec part{const_cast<char *>(bytes.data()), bytes.size()};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
  msghdr header{};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  if (fd >= 0) {
    header.msg_control = control;
    header.msg_controllen = sizeof(control);
    cmsghdr *item = CMSG_FIRSTHDR(&header);
    item->cmsg_level = SOL_SOCKET;
    item->cmsg_type = SCM_RIGHTS;
    item->cmsg_len = CMSG_LEN(sizeof(int));
    std::memcpy(CMSG_DATA(item), &fd, sizeof(fd));
  }
  return ::sendmsg(socket, &header, MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size());
}

std::string request_for(fact told) {
  return std::string(1, static_cast<char>(told));
}

std::optional<handoff::iterator_reply> receive_reply(int socket) {
  pollfd readable{socket, POLLIN, 0};
  handoff::iterator_reply reply{};
  if (::poll(&readable, 1, 10'000) != 1 ||
      ::recv(socket, &reply, sizeof(reply), MSG_DONTWAIT) != sizeof(reply))
    return std::nullopt;
  return reply;
}

std::uint64_t effective() {
  return effective_capabilities();
}

bool has_row_of(const core::unique_fd &iterator, __u64 cookie) {
  bool found = false;
  core::read_rows(iterator.get(), sizeof(bs_socket_row), [&](const std::uint8_t *bytes) {
    found = found || reinterpret_cast<const bs_socket_row *>(bytes)->cookie == cookie;
  });
  return found;
}

} // namespace

TEST_CASE(
    "a helper that starts iterators keeps CAP_BPF, room for one descriptor and nothing else") {
  REQUIRE_ROOT();
  live_helper helper({"--serve-iterators"});
  REQUIRE(helper.message().result == handoff::status::ok);
  CHECK(helper.message().iterators == handoff::iterators::by_helper);
  const pid_t pid = helper.pid();
  REQUIRE(confined(pid));
  for (const char *set : {"CapPrm", "CapEff"})
    CHECK(status_field(pid, set) == cap_bpf_alone);
  for (const char *set : {"CapInh", "CapBnd", "CapAmb"})
    CHECK(status_field(pid, set) == no_capability);
  check_given_up(pid, 65534);
  CHECK(limit_of(pid, "Max open files") == "2 2");
  CHECK(limit_of(pid, "Max processes") == "0 0");
  const auto open = descriptors_of(pid);
  CHECK(open.count(0) == 1);
  CHECK(open.count(1) == 0); // the one below the limit
  CHECK(helper.hang_up() == 0);
}

TEST_CASE("where anybody may start iterators the helper keeps no capability for them") {
  REQUIRE_ROOT();
  if (kernel_is_before(5, 19)) {
    MESSAGE("skipped: this kernel may want CAP_BPF");
    return;
  }
  live_helper helper;
  CHECK(helper.message().iterators == handoff::iterators::by_peer);
  REQUIRE(confined(helper.pid()));
  for (const char *set : {"CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"})
    CHECK(status_field(helper.pid(), set) == no_capability);
  CHECK(limit_of(helper.pid(), "Max open files") == "1 1");
}

TEST_CASE("without both iterators the helper keeps no capability, whatever it is told") {
  REQUIRE_ROOT();
  live_helper helper({"--serve-iterators", "--without", "iter/task_file"});
  CHECK(helper.message().iterators == handoff::iterators::by_peer);
  REQUIRE(confined(helper.pid()));
  for (const char *set : {"CapPrm", "CapEff"})
    CHECK(status_field(helper.pid(), set) == no_capability);
}

TEST_CASE("a session takes its snapshots by a helper that starts iterators, and ends with it") {
  REQUIRE_ROOT();
  std::mutex mutex;
  std::condition_variable changed;
  bool news = false;
  const auto wait = [&] {
    std::unique_lock<std::mutex> lock(mutex);
    REQUIRE(changed.wait_for(lock, std::chrono::seconds(60), [&] { return news; }));
    news = false;
  };
  core::session session(core::spawned_helper{{helper_path(), "--stdin", "--serve-iterators"}}, 100,
                        [&] {
                          const std::lock_guard<std::mutex> lock(mutex);
                          news = true;
                          changed.notify_all();
                        });
  wait();
  const auto outcome = session.take_outcome();
  REQUIRE(outcome);
  REQUIRE(std::holds_alternative<core::helper_connected>(*outcome));
  const auto &connected = std::get<core::helper_connected>(*outcome);
  const auto links = session.iterators();
  REQUIRE(links.get() != nullptr);
  REQUIRE(links->helper.get() != nullptr);
  for (const core::hook_report &report : connected.hooks)
    if (report.told == fact::sockets || report.told == fact::processes)
      CHECK(report.state != handoff::hook_state::failed);

  test_socket socket(AF_INET, SOCK_STREAM);
  REQUIRE(socket.bind() == 0);
  core::known_holderless holderless;
  for (int round = 0; round < 3; round++) {
    const core::snapshot taken = core::take_snapshot_by_iterators(*links, holderless);
    CHECK(taken.source == core::snapshot_source::iterators);
    const auto &cookies = taken.sockets.cookie;
    CHECK(std::count(cookies.begin(), cookies.end(), socket.cookie()) == 1);
    const auto &pids = taken.processes.pid;
    CHECK(std::count(pids.begin(), pids.end(), static_cast<std::uint32_t>(::getpid())) == 1);
  }

  REQUIRE(::kill(static_cast<pid_t>(connected.helper_pid), SIGKILL) == 0);
  CHECK(eventually([&] { return session.take_news().hung_up; }));
  CHECK(session.iterators().get() == nullptr);
  CHECK_THROWS_AS(core::take_snapshot_by_iterators(*links, holderless), std::system_error);
}

TEST_CASE("requests of several threads are answered, each by an iterator of its own") {
  REQUIRE_ROOT();
  live_helper helper({"--serve-iterators"});
  core::iterator_requests requests(helper.socket());
  test_socket socket(AF_INET, SOCK_STREAM);
  REQUIRE(socket.bind() == 0);
  const __u64 cookie = socket.cookie();
  std::vector<int> seen(4, 0);
  std::vector<std::thread> threads;
  for (int &count : seen)
    threads.emplace_back([&] {
      for (int round = 0; round < 25; round++) {
        requests.start(fact::processes);
        count += has_row_of(requests.start(fact::sockets), cookie) ? 1 : 0;
      }
    });
  for (std::thread &thread : threads)
    thread.join();
  for (const int count : seen)
    CHECK(count == 25);
  const auto open = descriptors_of(helper.pid());
  CHECK(open.count(1) == 0); // none of the two hundred stayed
  requests.end();
  CHECK(wait_for_exit(helper.pid()) == 0);
}

TEST_CASE("a helper answers while its user has more descriptors on their way than it may open") {
  REQUIRE_ROOT();
  live_helper helper({"--serve-iterators"});
  core::iterator_requests requests(helper.socket());
  // The helper runs as nobody; so does this child, with five descriptors that nobody takes.
  int told[2];
  REQUIRE(::pipe2(told, O_CLOEXEC) == 0);
  const pid_t child = fork_for([&] {
    if (::setgroups(0, nullptr) != 0 || ::setresuid(65534, 65534, 65534) != 0)
      return 1;
    socket_pair ends;
    for (int i = 0; i < 5; i++)
      if (!say(ends.ours.get(), "x", ends.theirs.get()))
        return 2;
    if (::write(told[1], "x", 1) != 1)
      return 3;
    ::usleep(200'000);
    return 0;
  });
  char word;
  REQUIRE(::read(told[0], &word, 1) == 1);
  CHECK(requests.start(fact::processes));
  CHECK(wait_for_exit(child) == 0);
  ::close(told[0]);
  ::close(told[1]);
}

TEST_CASE("whatever is not a request ends a helper that starts iterators") {
  REQUIRE_ROOT();
  const std::string request = request_for(fact::sockets);
  const std::vector<std::pair<std::string, int>> wrong = {{"", -1},
                                                          {"hello", -1},
                                                          {request_for(fact::bound), -1},
                                                          {request + request, -1},
                                                          {request, 2}};
  for (const auto &[bytes, fd] : wrong) {
    CAPTURE(bytes);
    live_helper helper({"--serve-iterators"});
    REQUIRE(confined(helper.pid()));
    REQUIRE(say(helper.socket(), bytes, fd));
    CHECK(wait_for_exit(helper.pid()) == 0);
  }
}

TEST_CASE("of all bytes those of the two iterators alone are requests, and only alone") {
  for (int byte = 0; byte < 256; byte++) {
    CAPTURE(byte);
    const auto bytes = std::string(1, static_cast<char>(byte));
    const std::optional<fact> asked = parse_iterator_request(bytes.data(), 1);
    if (byte == 7)
      CHECK(asked == fact::sockets);
    else if (byte == 8)
      CHECK(asked == fact::processes);
    else
      CHECK_FALSE(asked);
    for (const std::size_t size : {std::size_t{0}, std::size_t{2}, std::size_t{64}}) {
      const std::string other(std::max(size, std::size_t{1}), static_cast<char>(byte));
      CHECK_FALSE(parse_iterator_request(other.data(), size));
    }
  }
}

TEST_CASE("what the kernel refuses is answered with its errno, and it goes on") {
  socket_pair ends;
  const pid_t child = serve_without_kernel(ends);
  for (int round = 0; round < 3; round++) {
    REQUIRE(say(ends.ours.get(), request_for(fact::processes)));
    const auto reply = receive_reply(ends.ours.get());
    REQUIRE(reply);
    CHECK(reply->error > 0);
  }
  SUBCASE("until the hang-up") {
    ends.ours.reset();
  }
  SUBCASE("until it is asked for an iterator that it has not") {
    REQUIRE(say(ends.ours.get(), request_for(fact::sockets)));
  }
  SUBCASE("until the peer will say nothing more") {
    REQUIRE(::shutdown(ends.ours.get(), SHUT_WR) == 0);
  }
  SUBCASE("until the peer takes no answers") {
    const std::string request = request_for(fact::processes);
    while (say(ends.ours.get(), request)) {
    }
  }
  CHECK(ended_well(child));
}

TEST_CASE("random messages end the service by itself, never by a forbidden call") {
  std::mt19937 random(20261122);
  for (int round = 0; round < 400; round++) {
    socket_pair ends;
    const pid_t child = serve_without_kernel(ends);
    std::string bytes(random() % 5 == 0 ? random() % 4096 : random() % 4, '\0');
    for (char &byte : bytes)
      byte = static_cast<char>(random() % 3 == 0 ? random() % 10 : random());
    const bool with_descriptor = random() % 4 == 0;
    CAPTURE(round);
    REQUIRE(say(ends.ours.get(), bytes, with_descriptor ? 2 : -1));
    const bool is_request = !with_descriptor && bytes == request_for(fact::processes);
    if (is_request)
      CHECK(receive_reply(ends.ours.get()));
    else
      CHECK(ended_well(child));
    ends.ours.reset();
    if (is_request)
      CHECK(ended_well(child));
  }
}

TEST_CASE("whether CAP_BPF stays is asked while no capability is in effect, and it stays alone") {
  REQUIRE_ROOT();
  for (const bool needed : {false, true}) {
    CAPTURE(needed);
    const pid_t child = fork_for([&] {
      bool in_effect = true;
      const bool stays = drop_privileges(somebody, [&] {
        in_effect = effective() != 0;
        return needed;
      });
      if (in_effect || stays != needed)
        return 1;
      const std::string expected = needed ? cap_bpf_alone : no_capability;
      for (const char *set : {"CapPrm", "CapEff"})
        if (status_field(::getpid(), set) != expected)
          return 2;
      for (const char *set : {"CapInh", "CapBnd", "CapAmb"})
        if (status_field(::getpid(), set) != no_capability)
          return 3;
      if (::prctl(PR_GET_KEEPCAPS, 0, 0, 0, 0) != 0 || ::prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) != 0)
        return 4;
      // Not to be had back.
      return ::setresuid(0, 0, 0) == 0 ? 5 : 0;
    });
    const int status = wait_for_exit(child);
    REQUIRE(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 0);
  }
}
