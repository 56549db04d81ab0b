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
#include "servers.h"

namespace bindscope::scenarios {

namespace {

void killed_with_open_sockets(stage &on) {
  on.start("server", [](performer &me) {
    serve_everywhere(me);
    const int bound = me.socket(tcp4);
    me.must_bind(bound, tcp4);
    me.knows("bound", bound);
    me.reached("open");
    for (;;)
      ::pause();
  });
  on.until("open");
  on.kill("server");
  const int status = on.wait_for("server");
  on.expect(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL, "scenario", "not killed");
  lived_everywhere(on);
  on.told("bound", {BS_BOUND, BS_CLOSED});
}

// A request and its answer, over one server's socket.
void serve_once(int server, const endpoint &where) {
  const socket_address at = local_address(server);
  const int client = ::socket(where.family, where.type, 0);
  if (::connect(client, at.get(), at.length) != 0)
    throw_errno("connect");
  char byte = '?';
  if (::write(client, &byte, 1) != 1)
    throw_errno("a request");
  if (where.type == SOCK_STREAM)
    server = ::accept(server, nullptr, nullptr);
  sockaddr_storage from{};
  socklen_t length = sizeof(from);
  auto *asking = reinterpret_cast<sockaddr *>(&from);
  if (::recvfrom(server, &byte, 1, 0, asking, &length) != 1 ||
      ::sendto(server, "!", 1, 0, where.type == SOCK_STREAM ? nullptr : asking,
               where.type == SOCK_STREAM ? 0 : length) != 1 ||
      ::read(client, &byte, 1) != 1 || byte != '!')
    throw_errno("an answer");
}

// All of it within two milliseconds on an ordinary machine: no poll would ever see it.
void serve_once_and_end(stage &on) {
  const std::vector<endpoint> all = {tcp4, tcp6, tcp4_mapped, udp4, udp6, udp4_mapped};
  for (const endpoint &where : all) {
    on.start(where.name, [&](performer &me) { serve_once(serve_at(me, where), where); });
    on.wait_for(where.name);
  }
  // Neither the client's port nor the accepted connection is told.
  for (const endpoint &where : all)
    on.told(where.name, life_at(where));
}

void bind_in_a_thread(stage &on) {
  constexpr const char *name = "binding-thread";
  int ends[2];
  if (::pipe(ends) != 0)
    throw_errno("pipe");
  on.start("server", [&](performer &me) {
    std::vector<int> open;
    std::thread([&] {
      ::prctl(PR_SET_NAME, name);
      const pid_t tid = ::gettid();
      if (::write(ends[1], &tid, sizeof(tid)) != sizeof(tid))
        throw_errno("pipe");
      open = serve_everywhere(me);
    }).join();
    close_all(open);
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
  for (const endpoint &where : all_endpoints())
    on.told(where.name, life_at(where), more);
}

void use_a_pid_again(stage &on) {
  on.start("parent", [](performer &me) {
    const auto serve = [](const char *name) {
      return [name](performer &child) {
        for (const endpoint &where : {tcp4, udp6}) {
          const int fd = serve_at(child, where);
          child.knows(name + std::string(" ") + where.name, fd);
        }
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
    for (const endpoint &where : {tcp4, udp6})
      on.told(which + std::string(" ") + where.name, life_at(where, by, by));
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
