// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pwd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstring>
#include <filesystem>
#include <string>
#include <thread>

#include "core/child_process.h"
#include "core/helper_client.h"
#include "core/session.h"
#include "core/snapshot_proc.h"

using namespace bindscope;
using namespace bindscope::core;
using namespace std::chrono_literals;

namespace {

using kind = helper_failure::kind;

// Lets a test wait for a session's wake.
class bell {
public:
  std::function<void()> ring() {
    return [this] {
      const std::lock_guard<std::mutex> lock(mutex_);
      rung_++;
      changed_.notify_all();
    };
  }
  bool wait(int times = 1) {
    std::unique_lock<std::mutex> lock(mutex_);
    return changed_.wait_for(lock, 20s, [&] { return rung_ >= times; });
  }
  int rung() {
    const std::lock_guard<std::mutex> lock(mutex_);
    return rung_;
  }

private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int rung_ = 0;
};

helper_failure failure_of(const helper_address &address) {
  bell waked;
  session reached(address, 10, waked.ring());
  REQUIRE(waked.wait());
  const auto outcome = reached.take_outcome();
  REQUIRE(outcome);
  REQUIRE(std::holds_alternative<helper_failure>(*outcome));
  return std::get<helper_failure>(*outcome);
}

helper_failure failure_of_script(const std::string &script) {
  return failure_of(spawned_helper{{"/bin/sh", "-c", script}});
}

class temporary_folder {
public:
  temporary_folder() { REQUIRE(::mkdtemp(path_) != nullptr); }
  ~temporary_folder() { std::filesystem::remove_all(path_); }
  std::string operator/(const std::string &name) const { return std::string(path_) + "/" + name; }

private:
  char path_[32] = "/tmp/bindscope-test-XXXXXX";
};

unique_fd listen_at(const std::string &path) {
  unique_fd listener(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.c_str(), path.size());
  REQUIRE(::bind(listener.get(), reinterpret_cast<sockaddr *>(&address), sizeof(address)) == 0);
  REQUIRE(::listen(listener.get(), 4) == 0);
  return listener;
}

// What a helper says that could attach something, with the same file for each descriptor.
void hand_over(const unique_fd &peer, handoff::iterators iterators,
               const std::vector<handoff::descriptor> &descriptors, const unique_fd &file) {
  handoff::message message{};
  message.magic = handoff::magic;
  message.version = handoff::version;
  message.iterators = iterators;
  message.descriptor_count = static_cast<std::uint32_t>(descriptors.size());
  std::copy(descriptors.begin(), descriptors.end(), message.descriptors);
  const std::vector<int> fds(descriptors.size(), file.get());
  iovec part{&message, sizeof(message)};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int) * handoff::max_descriptors)] = {};
  msghdr header{};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  header.msg_control = control;
  header.msg_controllen = CMSG_SPACE(sizeof(int) * fds.size());
  cmsghdr *rights = CMSG_FIRSTHDR(&header);
  rights->cmsg_level = SOL_SOCKET;
  rights->cmsg_type = SCM_RIGHTS;
  rights->cmsg_len = CMSG_LEN(sizeof(int) * fds.size());
  std::memcpy(CMSG_DATA(rights), fds.data(), sizeof(int) * fds.size());
  ::sendmsg(peer.get(), &header, MSG_NOSIGNAL);
}

} // namespace

TEST_CASE("a helper that is not there is told with its path") {
  const helper_failure nowhere = failure_of(listening_helper{"/nonexistent/helper.sock"});
  CHECK(nowhere.why == kind::unreachable);
  CHECK(std::string(nowhere.what()).find("/nonexistent/helper.sock") != std::string::npos);
  CHECK(failure_of(listening_helper{""}).why == kind::unreachable);
  CHECK(failure_of(listening_helper{std::string(200, 'x')}).why == kind::unreachable);
  CHECK(failure_of(listening_helper{"/etc/passwd"}).why == kind::unreachable);
  CHECK(failure_of(spawned_helper{{"/nonexistent/helper"}}).why == kind::unreachable);
}

TEST_CASE("a socket of another user is not trusted") {
  const passwd *nobody = ::getpwnam("nobody");
  if (::geteuid() != 0 || nobody == nullptr) {
    MESSAGE("skipped: giving a file away needs root");
    return;
  }
  const temporary_folder folder;
  const std::string path = folder / "helper.sock";
  const unique_fd listener = listen_at(path);
  REQUIRE(::chown(path.c_str(), nobody->pw_uid, nobody->pw_gid) == 0);
  const helper_failure failure = failure_of(listening_helper{path});
  CHECK(failure.why == kind::unreachable);
  CHECK(std::string(failure.what()).find("not trusted") != std::string::npos);
}

TEST_CASE("a symbolic link in place of the socket is not followed") {
  const temporary_folder folder;
  const unique_fd listener = listen_at(folder / "real.sock");
  REQUIRE(::symlink((folder / "real.sock").c_str(), (folder / "helper.sock").c_str()) == 0);
  CHECK(std::string(failure_of(listening_helper{folder / "helper.sock"}).what())
            .find("is not a socket") != std::string::npos);
}

TEST_CASE("a listener that hangs up without a word is no helper") {
  const temporary_folder folder;
  const unique_fd listener = listen_at(folder / "helper.sock");
  std::thread serving([&] { unique_fd(::accept(listener.get(), nullptr, nullptr)); });
  CHECK(failure_of(listening_helper{folder / "helper.sock"}).why == kind::unreachable);
  serving.join();
}

TEST_CASE("descriptors that are no ring buffer are refused") {
  const temporary_folder folder;
  const unique_fd listener = listen_at(folder / "helper.sock");
  std::thread serving([&] {
    const unique_fd peer(::accept(listener.get(), nullptr, nullptr));
    hand_over(peer, handoff::iterators::by_peer,
              {handoff::descriptor::ring, handoff::descriptor::stats}, listener);
    char end;
    ::recv(peer.get(), &end, 1, 0); // until the hang-up
  });
  const helper_failure failure = failure_of(listening_helper{folder / "helper.sock"});
  CHECK(failure.why == kind::protocol);
  CHECK(std::string(failure.what()).find("not a ring buffer") != std::string::npos);
  serving.join();
}

TEST_CASE("a child that ends without a word is told with its status and its last words") {
  const helper_failure failure = failure_of_script("echo out; echo err >&2; exit 3");
  CHECK(failure.why == kind::unreachable);
  CHECK(std::string(failure.what()) == "The helper ended without a word (exit status 3): out\nerr");
  CHECK(std::string(failure_of_script("kill -9 $$").what()).find("exit status 137") !=
        std::string::npos);
}

TEST_CASE("what pkexec says is understood") {
  const temporary_folder folder;
  const std::string pkexec = folder / "pkexec";
  const auto answer = [&](const std::string &script) {
    const unique_fd file(::open(pkexec.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0755));
    const std::string text = "#!/bin/sh\n" + script + "\n";
    REQUIRE(::write(file.get(), text.data(), text.size()) > 0);
  };
  const spawned_helper helper{{pkexec, "/helper", "--stdin"}};
  answer("echo 'Error executing command as another user: Request dismissed' >&2; exit 126");
  CHECK(failure_of(helper).why == kind::declined);
  answer("echo 'Error executing command as another user: Not authorized' >&2; exit 127");
  CHECK(failure_of(helper).why == kind::declined);
  answer("echo 'Error executing command as another user: No authentication agent found.' >&2; exit "
         "127");
  const helper_failure alone = failure_of(helper);
  CHECK(alone.why == kind::unreachable);
  CHECK(std::string(alone.what()).find("no authentication agent") != std::string::npos);
  answer("echo 'Cannot run program /helper: No such file' >&2; exit 127");
  CHECK(std::string(failure_of(helper).what()).find("Cannot run program") != std::string::npos);
}

TEST_CASE("a session that is ended while its helper is silent ends at once and leaves no child") {
  const auto start = std::chrono::steady_clock::now();
  bell waked;
  {
    session waiting(spawned_helper{{"/bin/sleep", "1000"}}, 10, waked.ring());
    std::this_thread::sleep_for(20ms);
  }
  CHECK(std::chrono::steady_clock::now() - start < 10s);
  CHECK(::waitpid(-1, nullptr, WNOHANG) == -1);
}

TEST_CASE("a session that is ended while its helper is to start an iterator does not wait for it") {
  const temporary_folder folder;
  const unique_fd listener = listen_at(folder / "helper.sock");
  std::atomic<bool> asked{false};
  std::thread serving([&] {
    const unique_fd peer(::accept(listener.get(), nullptr, nullptr));
    hand_over(peer, handoff::iterators::by_helper,
              {handoff::descriptor::ring, handoff::descriptor::stats,
               handoff::descriptor::iter_process, handoff::descriptor::iter_socket},
              listener);
    char request;
    asked = ::recv(peer.get(), &request, 1, 0) == 1;
    ::recv(peer.get(), &request, 1, 0); // never answers, until the hang-up
  });
  bell waked;
  auto start = std::chrono::steady_clock::now();
  {
    session waiting(listening_helper{folder / "helper.sock"}, 10, waked.ring());
    for (int i = 0; i < 500 && !asked; i++)
      std::this_thread::sleep_for(10ms);
    REQUIRE(asked);
    start = std::chrono::steady_clock::now();
  }
  CHECK(std::chrono::steady_clock::now() - start < 5s);
  serving.join();
}

TEST_CASE("a child has our end of the socket as standard input and no other of our descriptors") {
  int ends[2];
  REQUIRE(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == 0);
  const unique_fd ours(ends[0]);
  child_process child({"/bin/sh", "-c", "ls -l /proc/self/fd"}, unique_fd(ends[1]));
  CHECK(child.wait(10s) == 0);
  const std::string printed = child.printed();
  CHECK(printed.find("0 -> socket:") != std::string::npos);
  CHECK(printed.find("socket:") == printed.rfind("socket:"));
}

TEST_CASE("without a helper the kernel's notices tell of closed sockets that a snapshot has seen") {
  known_sockets known;
  bell waked;
  session limited(std::make_unique<destroy_notices>(known), 10, waked.ring());

  unique_fd seen(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  REQUIRE(::bind(seen.get(), reinterpret_cast<sockaddr *>(&address), sizeof(address)) == 0);
  socklen_t length = sizeof(address);
  REQUIRE(::getsockname(seen.get(), reinterpret_cast<sockaddr *>(&address), &length) == 0);
  known.replace(take_snapshot_by_proc().sockets);

  unique_fd unseen(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  sockaddr_in any{};
  any.sin_family = AF_INET;
  REQUIRE(::bind(unseen.get(), reinterpret_cast<sockaddr *>(&any), sizeof(any)) == 0);
  unseen.reset();
  seen.reset();

  bool found = false;
  for (int round = 1; !found && waked.wait(round); round++) {
    const session_news news = limited.take_news();
    for (std::size_t i = 0; i < news.events.count; i++) {
      const auto *event =
          reinterpret_cast<const bs_event *>(news.events.records.data() + i * sizeof(bs_event));
      CHECK(event->kind == BS_CLOSED);
      CHECK(event->port != 0);
      if (event->port != ntohs(address.sin_port))
        continue; // of somebody else on this machine
      found = true;
      CHECK(event->size == sizeof(bs_event));
      CHECK(event->hook == BS_HOOK_SOCK_DIAG_DESTROY);
      CHECK(event->protocol == IPPROTO_UDP);
      CHECK(event->family == AF_INET);
      CHECK(event->uid == ::getuid());
      CHECK(event->cookie != 0);
      CHECK(std::memcmp(event->address, &address.sin_addr, 4) == 0);
    }
  }
  CHECK(found);
}

TEST_CASE("limited reports name every fact, and why closed sockets are not told") {
  for (const hook_report &report : limited_reports("")) {
    const bool told = report.told == handoff::fact::closed ||
                      report.told == handoff::fact::sockets ||
                      report.told == handoff::fact::processes;
    CHECK((report.state == handoff::hook_state::attached) == told);
    CHECK(report.reason == (told ? "" : "needs the privileged helper"));
    CHECK_FALSE(report.name.empty());
  }
  CHECK(limited_reports("").size() == 10);
  for (const hook_report &report : limited_reports("no netlink"))
    if (report.told == handoff::fact::closed) {
      CHECK(report.state == handoff::hook_state::failed);
      CHECK(report.reason == "no netlink");
    }
}
