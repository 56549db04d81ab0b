// SPDX-License-Identifier: Apache-2.0
//
// What is counted of the connections to a listener: each of them, and each byte, once.
#include <sys/socket.h>
#include <unistd.h>

#include <string>
#include <utility>

#include "scenarios.h"
#include "servers.h"

namespace bindscope::scenarios {

namespace {

// Both fit into a socket's buffers, so that one process can be client and server.
constexpr std::size_t question = 1000;
constexpr std::size_t answer = 12'000;

struct connection {
  int client;
  int server;
};

connection connect_to(int listener, const endpoint &where) {
  const socket_address at = local_address(listener);
  const int client = ::socket(where.family, where.type, 0);
  if (::connect(client, at.get(), at.length) != 0)
    throw_errno("connect");
  return {client, ::accept(listener, nullptr, nullptr)};
}

void pass(int from, int to, std::size_t count) {
  const std::string bytes(count, 'x');
  if (::write(from, bytes.data(), count) != static_cast<ssize_t>(count))
    throw_errno("write");
  std::string got(count, '\0');
  if (::recv(to, got.data(), count, MSG_WAITALL) != static_cast<ssize_t>(count))
    throw_errno("recv");
}

void ask(const connection &over) {
  pass(over.client, over.server, question);
  pass(over.server, over.client, answer);
}

void reset(int fd) {
  const linger at_once{1, 0};
  if (::setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once)) != 0)
    throw_errno("setsockopt");
  ::close(fd);
}

bs_activity counts(unsigned accepted, unsigned closed, unsigned asked) {
  bs_activity all{};
  all.accepted = accepted;
  all.closed = closed;
  all.bytes_in = asked * question;
  all.bytes_out = asked * answer;
  return all;
}

void count_connections(stage &on) {
  if (!on.attached(handoff::fact::activity))
    throw not_supported("connections are not counted here: no hook of activity is offered");
  const std::vector<endpoint> all = endpoints(SOCK_STREAM);
  const gate next;
  on.start("server", [&](performer &me) {
    std::vector<int> listeners;
    for (const endpoint &where : all)
      listeners.push_back(serve_at(me, where));
    const int other = me.socket(tcp4);
    me.must_bind(other, tcp4);
    me.must_listen(other);
    me.knows("unwatched", other);
    const connection early = connect_to(listeners[0], all[0]);
    me.reached("listening");
    next.wait();

    std::vector<std::vector<connection>> open;
    for (std::size_t i = 0; i < all.size(); i++) {
      open.emplace_back();
      for (int times = 0; times < 3; times++) {
        open.back().push_back(connect_to(listeners[i], all[i]));
        ask(open.back().back());
      }
    }
    ask(early);
    ask(connect_to(other, tcp4));
    me.reached("served");
    next.wait();

    for (const std::vector<connection> &of_one : open) {
      ::close(of_one[0].client);
      ::close(of_one[0].server);
      reset(of_one[1].client);
      ask(of_one[2]);
    }
    me.reached("two are closed");
    next.wait();

    for (const std::vector<connection> &of_one : open) {
      ::close(of_one[2].server);
      ::close(of_one[2].client);
    }
  });
  on.until("listening");
  std::vector<std::string> names;
  for (const endpoint &where : all)
    names.emplace_back(where.name);
  on.count_connections(names);
  next.open();
  on.until("served");
  for (const std::string &name : names)
    on.counted(name, counts(3, 0, 3));
  next.open();
  on.until("two are closed");
  for (const std::string &name : names)
    on.counted(name, counts(3, 2, 4));
  next.open();
  on.wait_for("server");
  for (const std::string &name : names)
    on.counted(name, counts(3, 3, 4));
  on.not_counted("unwatched");
  on.count_connections({});
  for (const endpoint &where : all)
    on.told(where.name, life_at(where));
  on.told("unwatched", {BS_BOUND, BS_LISTENING, BS_CLOSED});
}

} // namespace

const std::vector<scenario> activity = {
    {"connections-and-bytes-of-a-listener", count_connections},
};

} // namespace bindscope::scenarios
