// SPDX-License-Identifier: Apache-2.0
//
// listen(), and how it ends.
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

#include "scenarios.h"

namespace bindscope::scenarios {

namespace {

void listen_after_bind(stage &on) {
  const std::vector<endpoint> all = endpoints(SOCK_STREAM);
  const gate seen;
  on.start("server", [&](performer &me) {
    std::vector<int> open;
    for (const endpoint &where : all) {
      open.push_back(me.socket(where));
      me.must_bind(open.back(), where);
      me.must_listen(open.back());
      me.knows(where.name, open.back());
    }
    me.reached("listening");
    seen.wait();
    for (const int fd : open)
      ::close(fd);
  });
  on.until("listening");
  on.look();
  for (const endpoint &where : all)
    on.held(where.name, {"server"}, state_listen);
  seen.open();
  on.wait_for("server");
  for (const endpoint &where : all)
    on.told(where.name, {BS_BOUND, BS_LISTENING, BS_CLOSED});
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

// Nothing but such a listener wants a cookie before its first holder lets go.
std::optional<failure> no_cookie(const stage &) {
  if (!kernel_is_before(5, 12))
    return std::nullopt;
  return failure{"listening", "before Linux 5.12 no hook can make the cookie of a socket that "
                              "listens without bind, so it is told with cookie 0"};
}

// Both may be bound, only one may listen; the kernel finds that out after the other's state says
// that it listens.
void listen_refused(stage &on) {
  on.start("rivals", [](performer &me) {
    for (const endpoint &where : {tcp4, tcp6}) {
      const int first = me.socket(where);
      const int second = me.socket(where);
      me.set_option(first, SOL_SOCKET, SO_REUSEADDR);
      me.set_option(second, SOL_SOCKET, SO_REUSEADDR);
      me.must_bind(first, where);
      me.must_bind(second, where, local_address(first).port());
      me.must_listen(first);
      if (::listen(second, 8) == 0 || errno != EADDRINUSE)
        throw std::runtime_error("two sockets listen at one port");
      me.knows(std::string("first ") + where.name, first);
      me.knows(std::string("second ") + where.name, second);
      ::close(second);
      ::close(first);
    }
  });
  on.wait_for("rivals");
  for (const endpoint &where : {tcp4, tcp6}) {
    on.told(std::string("first ") + where.name, {BS_BOUND, BS_LISTENING, BS_CLOSED});
    on.told(std::string("second ") + where.name, {BS_BOUND, BS_LISTEN_FAILED, BS_CLOSED});
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

std::optional<failure> no_system_call(const stage &on) {
  if (!kernel_is_before(5, 15) || !on.listening_is_unconfirmed())
    return std::nullopt;
  return failure{"listening", "before Linux 5.15 the state's change alone does not tell a refused "
                              "listen() from the end of a listener that has listened before"};
}

void shut_down_a_listener(stage &on) {
  const std::uint16_t port = on.free_port(tcp4);
  on.start("server", [&](performer &me) {
    const int once = me.socket(tcp6);
    me.must_bind(once, tcp6);
    me.must_listen(once);
    me.knows("once", once);
    ::shutdown(once, SHUT_RDWR);
    ::close(once);
    const int twice = me.socket(tcp4);
    me.must_bind(twice, tcp4, port);
    me.must_listen(twice);
    ::shutdown(twice, SHUT_RD);
    me.must_listen(twice);
    me.knows("twice", twice);
    ::close(twice);
  });
  on.wait_for("server");
  on.told("once", {BS_BOUND, BS_LISTENING, BS_CLOSED});
  on.told("twice", {BS_BOUND, BS_LISTENING, BS_CLOSED, BS_LISTENING, BS_CLOSED});
}

void share_a_port(stage &on) {
  constexpr int members = 8;
  const gate seen;
  const auto name = [](int i) { return "member " + std::to_string(i); };
  for (int i = 0; i < members; i++) {
    on.start(name(i), [&](performer &me) {
      const std::uint16_t port = i == 0 ? 0 : on.socket(name(0)).port;
      const int fd = me.socket(tcp4);
      me.set_option(fd, SOL_SOCKET, SO_REUSEPORT);
      me.must_bind(fd, tcp4, port);
      me.must_listen(fd);
      me.knows(name(i), fd);
      me.reached(name(i));
      seen.wait();
    });
    on.until(name(i));
  }
  on.look();
  for (int i = 0; i < members; i++)
    on.held(name(i), {name(i)}, state_listen);
  for (int i = 0; i < members; i++)
    seen.open();
  for (int i = 0; i < members; i++)
    on.wait_for(name(i));
  for (int i = 0; i < members; i++) {
    on.expect(on.socket(name(i)).port == on.socket(name(0)).port, "scenario", "ports differ");
    on.told(name(i), {BS_BOUND, BS_LISTENING, BS_CLOSED});
  }
}

} // namespace

const std::vector<scenario> listening = {
    {"listen-after-bind", listen_after_bind},
    {"listen-without-bind", listen_without_bind, no_cookie},
    {"listen-refused", listen_refused},
    {"listen-refused-after-shutdown", listen_refused_again, no_system_call},
    {"shutdown-of-a-listener", shut_down_a_listener},
    {"reuseport-group-of-8", share_a_port},
};

} // namespace bindscope::scenarios
