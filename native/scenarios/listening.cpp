// SPDX-License-Identifier: Apache-2.0
//
// listen(), and how it ends.
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

#include "scenarios.h"
#include "servers.h"

namespace bindscope::scenarios {

namespace {

void listen_after_bind(stage &on) {
  const std::vector<endpoint> all = endpoints(SOCK_STREAM);
  const gate seen;
  on.start("server", [&](performer &me) {
    std::vector<int> open;
    for (const endpoint &where : all)
      open.push_back(serve_at(me, where));
    me.reached("listening");
    seen.wait();
    close_all(open);
  });
  on.until("listening");
  on.look();
  for (const endpoint &where : all)
    on.held(where.name, {"server"}, state_listen);
  seen.open();
  on.wait_for("server");
  for (const endpoint &where : all)
    on.told(where.name, life_at(where));
}

void listen_without_bind(stage &on) {
  on.start("server", [](performer &me) {
    for (const endpoint &where : endpoints(SOCK_STREAM)) {
      const int fd = me.socket(where);
      me.must_listen(fd);
      me.knows(where.name, fd);
      ::close(fd);
    }
  });
  on.wait_for("server");
  life_options more;
  more.autobound = true;
  for (const endpoint &where : endpoints(SOCK_STREAM))
    on.told(where.name, {BS_LISTENING, BS_CLOSED}, more);
}

// Both may be bound, only one may listen; the kernel finds that out after the other's state says
// that it listens.
void listen_refused(stage &on) {
  const auto rivals = [] {
    std::vector<std::pair<endpoint, endpoint>> pairs;
    for (const endpoint &where : endpoints(SOCK_STREAM))
      pairs.emplace_back(where, where);
    // The port of the one is that of the other, where a socket has both families.
    pairs.emplace_back(tcp_dual, endpoint{"its IPv4", AF_INET, SOCK_STREAM, "0.0.0.0"});
    return pairs;
  }();
  const auto first_of = [](const auto &pair) { return std::string("first ") + pair.second.name; };
  const auto second_of = [](const auto &pair) { return std::string("second ") + pair.second.name; };
  on.start("rivals", [&](performer &me) {
    for (const auto &pair : rivals) {
      const int first = me.socket(pair.first);
      const int second = me.socket(pair.second);
      me.set_option(first, SOL_SOCKET, SO_REUSEADDR);
      me.set_option(second, SOL_SOCKET, SO_REUSEADDR);
      me.must_bind(first, pair.first);
      me.must_bind(second, pair.second, local_address(first).port());
      me.must_listen(first);
      if (::listen(second, 8) == 0 || errno != EADDRINUSE)
        throw std::runtime_error("two sockets listen at one port");
      me.knows(first_of(pair), first);
      me.knows(second_of(pair), second);
      ::close(second);
      ::close(first);
    }
  });
  on.wait_for("rivals");
  for (const auto &pair : rivals) {
    on.told(first_of(pair), {BS_BOUND, BS_LISTENING, BS_CLOSED});
    on.told(second_of(pair), {BS_BOUND, BS_LISTEN_FAILED, BS_CLOSED});
  }
}

// The same once more with a socket that has listened before, and with one that was never bound.
void listen_refused_again(stage &on) {
  const std::uint16_t port = on.free_port(tcp4);
  on.start("rivals", [&](performer &me) {
    const int first = me.socket(tcp4);
    const int second = me.socket(tcp4);
    me.set_option(first, SOL_SOCKET, SO_REUSEADDR);
    me.set_option(second, SOL_SOCKET, SO_REUSEADDR);
    // A port that was asked for outlives shutdown; one that the kernel chose does not.
    me.must_bind(first, tcp4, port);
    me.must_bind(second, tcp4, port);
    me.must_listen(first);
    ::shutdown(first, SHUT_RDWR);
    me.must_listen(second);
    if (::listen(first, 8) == 0 || errno != EADDRINUSE)
      throw std::runtime_error("two sockets listen at one port");
    me.knows("first", first);
    me.knows("second", second);
    ::close(first);
    ::close(second);
  });
  on.wait_for("rivals");
  // Closed as a listener by shutdown; what is left of it was told then.
  on.told("first", {BS_BOUND, BS_LISTENING, BS_CLOSED, BS_LISTEN_FAILED});
  on.told("second", {BS_BOUND, BS_LISTENING, BS_CLOSED});
}

void shut_down_a_listener(stage &on) {
  const std::uint16_t port = on.free_port(tcp4);
  on.start("server", [&](performer &me) {
    for (const endpoint &where : endpoints(SOCK_STREAM)) {
      const int once = serve_at(me, where);
      ::shutdown(once, SHUT_RDWR);
      ::close(once);
    }
    const int twice = me.socket(tcp4);
    me.must_bind(twice, tcp4, port);
    me.must_listen(twice);
    ::shutdown(twice, SHUT_RD);
    me.must_listen(twice);
    me.knows("twice", twice);
    ::close(twice);
  });
  on.wait_for("server");
  for (const endpoint &where : endpoints(SOCK_STREAM))
    on.told(where.name, life_at(where));
  on.told("twice", {BS_BOUND, BS_LISTENING, BS_CLOSED, BS_LISTENING, BS_CLOSED});
}

void share_a_port(stage &on) {
  constexpr int members = 8;
  const std::vector<endpoint> all = {tcp4, tcp_dual, udp6, udp4_mapped};
  const gate seen;
  const auto name = [](int i) { return "member " + std::to_string(i); };
  const auto socket = [&](int i, const endpoint &where) { return name(i) + " " + where.name; };
  for (int i = 0; i < members; i++) {
    on.start(name(i), [&](performer &me) {
      for (const endpoint &where : all) {
        const int fd = me.socket(where);
        me.set_option(fd, SOL_SOCKET, SO_REUSEPORT);
        me.must_bind(fd, where, i == 0 ? 0 : on.socket(socket(0, where)).port);
        if (where.type == SOCK_STREAM)
          me.must_listen(fd);
        me.knows(socket(i, where), fd);
      }
      me.reached(name(i));
      seen.wait();
    });
    on.until(name(i));
  }
  on.look();
  for (int i = 0; i < members; i++)
    for (const endpoint &where : all)
      on.held(socket(i, where), {name(i)}, state_at(where));
  for (int i = 0; i < members; i++)
    seen.open();
  for (int i = 0; i < members; i++)
    on.wait_for(name(i));
  for (int i = 0; i < members; i++)
    for (const endpoint &where : all) {
      on.expect(on.socket(socket(i, where)).port == on.socket(socket(0, where)).port, "scenario",
                "ports differ");
      on.told(socket(i, where), life_at(where));
    }
}

} // namespace

const std::vector<scenario> listening = {
    {"listen-after-bind", listen_after_bind},
    {"listen-without-bind", listen_without_bind},
    {"listen-refused", listen_refused},
    {"listen-refused-after-shutdown", listen_refused_again},
    {"shutdown-of-a-listener", shut_down_a_listener},
    {"reuseport-group-of-8", share_a_port},
};

} // namespace bindscope::scenarios
