// SPDX-License-Identifier: Apache-2.0
//
// Sockets that change hands: who binds is not who holds, and the last holder's is the close.
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/unique_fd.h"
#include "descriptor_passing.h"
#include "roles.h"
#include "scenarios.h"
#include "servers.h"

namespace bindscope::scenarios {

namespace {

void fork_after_bind(stage &on) {
  const gate seen, end;
  on.start("parent", [&](performer &me) {
    const std::vector<int> open = serve_everywhere(me);
    const pid_t child = me.fork([&](performer &) { end.wait(); });
    me.reached("both hold them");
    seen.wait();
    close_all(open);
    me.reached("the child holds them");
    seen.wait();
    me.wait_for(child);
  });
  on.until("both hold them");
  on.name_child("child");
  on.look();
  held_everywhere(on, {"parent", "child"});
  on.shown("child");
  seen.open();
  on.until("the child holds them");
  opened_everywhere(on);
  on.look();
  held_everywhere(on, {"child"});
  seen.open();
  end.open();
  on.wait_for("parent");
  lived_everywhere(on, "", "child");
}

void pass_to_another_process(stage &on) {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
    throw_errno("socketpair");
  const core::unique_fd ours(out_of_the_way(ends[0])), theirs(out_of_the_way(ends[1]));
  const gate seen;
  on.start("binder", [&](performer &me) {
    const std::vector<int> open = serve_everywhere(me);
    for (const int fd : open)
      if (!send_descriptor(ours.get(), fd))
        throw_errno("sendmsg");
    close_all(open);
    me.reached("in flight");
  });
  on.until("in flight");
  on.wait_for("binder");
  on.look();
  // By sock_diag, which names no process.
  held_everywhere(on, {nobody});
  on.start("receiver", [&](performer &me) {
    std::vector<int> received;
    while (received.size() < all_endpoints().size()) {
      received.push_back(receive_descriptor(theirs.get()));
      if (received.back() < 0)
        throw_errno("recvmsg");
    }
    me.reached("received");
    seen.wait();
    close_all(received);
  });
  on.until("received");
  on.look();
  held_everywhere(on, {"receiver"});
  seen.open();
  on.wait_for("receiver");
  lived_everywhere(on, "binder", "receiver");
}

void activate_by_socket(stage &on) {
  const gate end;
  end.inherit();
  on.start("manager", [&](performer &me) {
    const std::vector<int> open = serve_everywhere(me);
    const pid_t service = me.fork([&](performer &child) {
      std::vector<int> moved;
      for (const int fd : open)
        moved.push_back(out_of_the_way(fd));
      int passed = 3; // SD_LISTEN_FDS_START
      for (const int fd : moved)
        ::dup2(fd, passed++);
      child.become(own_path(), "hold", {std::to_string(end.fd())});
    });
    close_all(open);
    me.wait_for(service);
  });
  on.until("holding");
  on.name_child("service");
  on.told_exec("service");
  on.look();
  held_everywhere(on, {"service"});
  on.shown("service");
  end.open();
  on.wait_for("manager");
  lived_everywhere(on, "", "service");
}

// Becomes another file's program, so that everything but the process differs.
void exec_with_sockets(stage &on, bool keep) {
  const other_program program;
  const gate end;
  end.inherit();
  on.start("server", [&](performer &me) {
    for (const int fd : serve_everywhere(me))
      ::fcntl(fd, F_SETFD, keep ? 0 : FD_CLOEXEC);
    me.become(program.path(), "hold", {std::to_string(end.fd())});
  });
  on.until("holding");
  on.told_exec("server");
  on.look();
  on.shown("server");
  if (keep) {
    opened_everywhere(on);
    held_everywhere(on, {"server"});
  } else {
    lived_everywhere(on);
    held_everywhere(on, {});
  }
  end.open();
  on.wait_for("server");
  lived_everywhere(on);
}

void exec_keeps_the_sockets(stage &on) {
  exec_with_sockets(on, true);
}

void exec_closes_the_sockets(stage &on) {
  exec_with_sockets(on, false);
}

void close_one_of_two_descriptors(stage &on) {
  const gate seen;
  on.start("server", [&](performer &me) {
    const std::vector<int> open = serve_everywhere(me);
    std::vector<int> again;
    for (const int fd : open)
      again.push_back(::dup(fd));
    me.reached("twice");
    seen.wait();
    close_all(open);
    me.reached("once");
    seen.wait();
    close_all(again);
  });
  on.until("twice");
  on.look();
  held_everywhere(on, {"server"});
  seen.open();
  on.until("once");
  opened_everywhere(on);
  on.look();
  held_everywhere(on, {"server"});
  seen.open();
  on.wait_for("server");
  lived_everywhere(on);
}

} // namespace

const std::vector<scenario> holding = {
    {"fork-after-bind", fork_after_bind},
    {"passed-to-another-process", pass_to_another_process},
    {"socket-activation", activate_by_socket},
    {"exec-keeps-the-sockets", exec_keeps_the_sockets},
    {"exec-closes-the-sockets", exec_closes_the_sockets},
    {"close-one-of-two-descriptors", close_one_of_two_descriptors},
};

} // namespace bindscope::scenarios
