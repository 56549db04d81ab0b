// SPDX-License-Identifier: Apache-2.0
//
// Processes that end in a hurry, have threads, or have the id of another.
#include <netinet/in.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <thread>

#include "scenarios.h"

namespace bindscope::scenarios {

namespace {

void killed_with_open_sockets(stage &on) {
  on.start("server", [](performer &me) {
    const int tcp = me.socket(tcp6);
    me.must_bind(tcp, tcp6);
    me.must_listen(tcp);
    me.knows("listener", tcp);
    const int bound = me.socket(tcp4);
    me.must_bind(bound, tcp4);
    me.knows("bound", bound);
    const int udp = me.socket(udp4);
    me.must_bind(udp, udp4);
    me.knows("udp", udp);
    me.reached("open");
    for (;;)
      ::pause();
  });
  on.until("open");
  on.kill("server");
  const int status = on.wait_for("server");
  on.expect(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL, "scenario", "not killed");
  on.told("listener", {BS_BOUND, BS_LISTENING, BS_CLOSED});
  on.told("bound", {BS_BOUND, BS_CLOSED});
  on.told("udp", {BS_BOUND, BS_CLOSED});
}

// All of it within two milliseconds on an ordinary machine: no poll would ever see it.
void serve_once_and_end(stage &on) {
  on.start("server", [](performer &me) {
    const int fd = me.socket(tcp4);
    me.must_bind(fd, tcp4);
    me.must_listen(fd);
    me.knows("socket", fd);
    const socket_address address = local_address(fd);
    const int client = ::socket(AF_INET, SOCK_STREAM, 0);
    if (::connect(client, address.get(), address.length) != 0)
      throw_errno("connect");
    const int request = ::accept(fd, nullptr, nullptr);
    char byte = '?';
    if (::write(client, &byte, 1) != 1 || ::read(request, &byte, 1) != 1 ||
        ::write(request, "!", 1) != 1 || ::read(client, &byte, 1) != 1 || byte != '!')
      throw_errno("a request");
  });
  on.wait_for("server");
  // Neither the client's port nor the accepted connection is told.
  on.told("socket", {BS_BOUND, BS_LISTENING, BS_CLOSED});
}

void bind_in_a_thread(stage &on) {
  constexpr const char *name = "binding-thread";
  int ends[2];
  if (::pipe(ends) != 0)
    throw_errno("pipe");
  on.start("server", [&](performer &me) {
    int fd = -1;
    std::thread([&] {
      ::prctl(PR_SET_NAME, name);
      const pid_t tid = ::gettid();
      if (::write(ends[1], &tid, sizeof(tid)) != sizeof(tid))
        throw_errno("pipe");
      fd = me.socket(tcp4);
      me.must_bind(fd, tcp4);
      me.must_listen(fd);
    }).join();
    me.knows("socket", fd);
    ::close(fd);
  });
  on.wait_for("server");
  pid_t tid = 0;
  if (::read(ends[0], &tid, sizeof(tid)) != sizeof(tid))
    throw_errno("pipe");
  ::close(ends[0]);
  ::close(ends[1]);
  life_options more;
  more.thread = static_cast<std::uint32_t>(tid);
  more.thread_name = name;
  on.expect(tid != on.pid_of("server"), "scenario", "the thread is the main one");
  on.told("socket", {BS_BOUND, BS_LISTENING, BS_CLOSED}, more);
}

void use_a_pid_again(stage &on) {
  on.start("parent", [](performer &me) {
    const auto serve = [](const char *name) {
      return [name](performer &child) {
        const int fd = child.socket(tcp4);
        child.must_bind(fd, tcp4);
        child.must_listen(fd);
        child.knows(name, fd);
      };
    };
    const pid_t first = me.fork(serve("first"));
    me.wait_for(first);
    me.reached("first has ended");
    // Start times are compared as /proc tells them, in hundredths of a second.
    ::usleep(30'000);
    me.wait_for(me.fork(serve("second"), first));
    me.reached("second has ended");
  });
  on.until("first has ended");
  on.name_child("first process");
  on.until("second has ended");
  on.name_child("second process");
  on.wait_for("parent");
  on.expect(on.pid_of("first process") == on.pid_of("second process"), "scenario",
            "the pid was not used again");
  for (const char *which : {"first", "second"}) {
    const std::string by = std::string(which) + " process";
    on.told(which, {{BS_BOUND, by}, {BS_LISTENING, by}, {BS_CLOSED, by}});
  }
}

} // namespace

const std::vector<scenario> processes = {
    {"killed-with-open-sockets", killed_with_open_sockets},
    {"serve-once-and-end", serve_once_and_end},
    {"bind-in-a-thread", bind_in_a_thread},
    {"pid-used-again", use_a_pid_again},
};

} // namespace bindscope::scenarios
