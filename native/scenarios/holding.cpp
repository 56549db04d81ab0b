// SPDX-License-Identifier: Apache-2.0
//
// Sockets that change hands: who binds is not who holds, and the last holder's is the close.
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>

#include "core/unique_fd.h"
#include "roles.h"
#include "scenarios.h"

namespace bindscope::scenarios {

namespace {

int listener(performer &me, const std::string &name) {
  const int fd = me.socket(tcp4);
  me.must_bind(fd, tcp4);
  me.must_listen(fd);
  me.knows(name, fd);
  return fd;
}

void fork_after_bind(stage &on) {
  const gate seen, end;
  on.start("parent", [&](performer &me) {
    const int fd = listener(me, "socket");
    const pid_t child = me.fork([&](performer &) { end.wait(); });
    me.reached("both hold it");
    seen.wait();
    ::close(fd);
    me.reached("the child holds it");
    seen.wait();
    me.wait_for(child);
  });
  on.until("both hold it");
  on.name_child("child");
  on.look();
  on.held("socket", {"parent", "child"}, state_listen);
  on.shown("child");
  seen.open();
  on.until("the child holds it");
  on.told("socket", {BS_BOUND, BS_LISTENING});
  on.look();
  on.held("socket", {"child"}, state_listen);
  seen.open();
  end.open();
  on.wait_for("parent");
  on.told("socket", {BS_BOUND, BS_LISTENING, {BS_CLOSED, "child"}});
}

struct descriptor_message {
  char byte = 0;
  iovec part{&byte, 1};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
  msghdr header{};

  descriptor_message() {
    header.msg_iov = &part;
    header.msg_iovlen = 1;
    header.msg_control = control;
    header.msg_controllen = sizeof(control);
  }
};

void send_descriptor(int channel, int fd) {
  descriptor_message message;
  cmsghdr *rights = CMSG_FIRSTHDR(&message.header);
  rights->cmsg_level = SOL_SOCKET;
  rights->cmsg_type = SCM_RIGHTS;
  rights->cmsg_len = CMSG_LEN(sizeof(fd));
  std::memcpy(CMSG_DATA(rights), &fd, sizeof(fd));
  if (::sendmsg(channel, &message.header, 0) != 1)
    throw_errno("sendmsg");
}

int receive_descriptor(int channel) {
  descriptor_message message;
  if (::recvmsg(channel, &message.header, 0) != 1 || CMSG_FIRSTHDR(&message.header) == nullptr)
    throw_errno("recvmsg");
  int fd = -1;
  std::memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&message.header)), sizeof(fd));
  return fd;
}

void pass_to_another_process(stage &on) {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
    throw_errno("socketpair");
  const core::unique_fd ours(ends[0]), theirs(ends[1]);
  const gate seen;
  on.start("binder", [&](performer &me) {
    const int fd = listener(me, "socket");
    send_descriptor(ends[0], fd);
    ::close(fd);
    me.reached("in flight");
  });
  on.until("in flight");
  on.wait_for("binder");
  on.look();
  // By sock_diag, which names no process.
  on.held("socket", {nobody}, state_listen);
  on.start("receiver", [&](performer &me) {
    const int fd = receive_descriptor(ends[1]);
    me.reached("received");
    seen.wait();
    ::close(fd);
  });
  on.until("received");
  on.look();
  on.held("socket", {"receiver"}, state_listen);
  seen.open();
  on.wait_for("receiver");
  on.told("socket", {{BS_BOUND, "binder"}, {BS_LISTENING, "binder"}, {BS_CLOSED, "receiver"}});
}

void activate_by_socket(stage &on) {
  const gate end;
  end.inherit();
  on.start("manager", [&](performer &me) {
    const int fd = listener(me, "socket");
    const pid_t service = me.fork([&](performer &child) {
      constexpr int first_passed = 3; // SD_LISTEN_FDS_START
      ::dup2(fd, first_passed);
      ::close(fd);
      child.become(own_path(), "hold", {std::to_string(end.fd())});
    });
    ::close(fd);
    me.wait_for(service);
  });
  on.until("holding");
  on.name_child("service");
  on.told_exec("service");
  on.look();
  on.held("socket", {"service"}, state_listen);
  on.shown("service");
  end.open();
  on.wait_for("manager");
  on.told("socket", {BS_BOUND, BS_LISTENING, {BS_CLOSED, "service"}});
}

// Becomes another file's program, so that everything but the process differs.
void exec_with_listener(stage &on, bool keep) {
  const other_program program;
  const gate end;
  end.inherit();
  on.start("server", [&](performer &me) {
    const int fd = listener(me, "socket");
    ::fcntl(fd, F_SETFD, keep ? 0 : FD_CLOEXEC);
    me.become(program.path(), "hold", {std::to_string(end.fd())});
  });
  on.until("holding");
  on.told_exec("server");
  on.look();
  on.shown("server");
  if (keep) {
    on.told("socket", {BS_BOUND, BS_LISTENING});
    on.held("socket", {"server"}, state_listen);
  } else {
    on.told("socket", {BS_BOUND, BS_LISTENING, BS_CLOSED});
    on.held("socket", {}, state_listen);
  }
  end.open();
  on.wait_for("server");
  on.told("socket", {BS_BOUND, BS_LISTENING, BS_CLOSED});
}

void exec_keeps_the_listener(stage &on) {
  exec_with_listener(on, true);
}

void exec_closes_the_listener(stage &on) {
  exec_with_listener(on, false);
}

void close_one_of_two_descriptors(stage &on) {
  const gate seen;
  on.start("server", [&](performer &me) {
    const int fd = listener(me, "socket");
    const int again = ::dup(fd);
    me.reached("twice");
    seen.wait();
    ::close(fd);
    me.reached("once");
    seen.wait();
    ::close(again);
  });
  on.until("twice");
  on.look();
  on.held("socket", {"server"}, state_listen);
  seen.open();
  on.until("once");
  on.told("socket", {BS_BOUND, BS_LISTENING});
  on.look();
  on.held("socket", {"server"}, state_listen);
  seen.open();
  on.wait_for("server");
  on.told("socket", {BS_BOUND, BS_LISTENING, BS_CLOSED});
}

} // namespace

const std::vector<scenario> holding = {
    {"fork-after-bind", fork_after_bind},
    {"passed-to-another-process", pass_to_another_process},
    {"socket-activation", activate_by_socket},
    {"exec-keeps-the-listener", exec_keeps_the_listener},
    {"exec-closes-the-listener", exec_closes_the_listener},
    {"close-one-of-two-descriptors", close_one_of_two_descriptors},
};

} // namespace bindscope::scenarios
