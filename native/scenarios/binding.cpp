// SPDX-License-Identifier: Apache-2.0
//
// bind(), and what gives a port without it.
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>

#include "scenarios.h"
#include "servers.h"

namespace bindscope::scenarios {

namespace {

void bind_to_a_port(stage &on) {
  const std::vector<endpoint> all = all_endpoints();
  std::vector<std::uint16_t> ports;
  for (const endpoint &where : all)
    ports.push_back(on.free_port(where));
  on.start("binder", [&](performer &me) {
    for (std::size_t i = 0; i < all.size(); i++) {
      const int fd = me.socket(all[i]);
      me.must_bind(fd, all[i], ports[i]);
      me.knows(all[i].name, fd);
      ::close(fd);
    }
  });
  on.wait_for("binder");
  for (std::size_t i = 0; i < all.size(); i++) {
    on.expect(on.socket(all[i].name).port == ports[i], "scenario", "another port than asked for");
    on.told(all[i].name, {BS_BOUND, BS_CLOSED});
  }
}

void bind_to_port_zero(stage &on) {
  const std::vector<endpoint> all = all_endpoints();
  const gate seen;
  on.start("binder", [&](performer &me) {
    std::vector<int> open;
    for (const endpoint &where : all) {
      open.push_back(me.socket(where));
      me.must_bind(open.back(), where);
      me.knows(where.name, open.back());
    }
    me.reached("bound");
    seen.wait();
    for (const int fd : open)
      ::close(fd);
  });
  on.until("bound");
  on.look();
  for (const endpoint &where : all) {
    on.expect(on.socket(where.name).port != 0, "scenario", "no port");
    on.held(where.name, {"binder"}, state_close);
  }
  on.shown("binder");
  seen.open();
  on.wait_for("binder");
  for (const endpoint &where : all)
    on.told(where.name, {BS_BOUND, BS_CLOSED});
}

void bind_to_a_port_in_use(stage &on) {
  const gate seen;
  on.start("holder", [&](performer &me) {
    serve_everywhere(me);
    me.reached("held");
    seen.wait();
  });
  on.until("held");
  on.start("late", [&](performer &me) {
    for (const endpoint &where : all_endpoints()) {
      const int fd = me.socket(where);
      if (me.bind(fd, where, on.socket(where.name).port) != EADDRINUSE)
        throw std::runtime_error("a port in use was given twice");
      ::close(fd);
    }
  });
  on.wait_for("late");
  on.look();
  held_everywhere(on, {"holder"});
  seen.open();
  on.wait_for("holder");
  lived_everywhere(on);
}

void bind_without_permission(stage &on) {
  int first_open = 1024;
  std::ifstream("/proc/sys/net/ipv4/ip_unprivileged_port_start") >> first_open;
  if (first_open < 2)
    throw not_supported("every port is open to users here");
  on.start("user", [](performer &me) {
    constexpr uid_t user = 1000;
    if (::setresuid(user, user, user) != 0)
      throw_errno("setresuid");
    me.introduce();
    for (const endpoint &where : all_endpoints()) {
      const int fd = me.socket(where);
      if (me.bind(fd, where, 1) != EACCES)
        throw std::runtime_error("a user was given port 1");
      ::close(fd);
    }
  });
  on.wait_for("user");
}

void bind_to_an_address_of_others(stage &on) {
  on.start("stranger", [](performer &me) {
    for (const endpoint &where : {endpoint{"v4", AF_INET, SOCK_STREAM, "192.0.2.1"},
                                  endpoint{"v4", AF_INET, SOCK_DGRAM, "192.0.2.1"},
                                  endpoint{"v6", AF_INET6, SOCK_STREAM, "2001:db8::1"},
                                  endpoint{"v6", AF_INET6, SOCK_DGRAM, "2001:db8::1"},
                                  endpoint{"mapped", AF_INET6, SOCK_STREAM, "::ffff:192.0.2.1"},
                                  endpoint{"mapped", AF_INET6, SOCK_DGRAM, "::ffff:192.0.2.1"}}) {
      const int fd = me.socket(where);
      if (me.bind(fd, where) != EADDRNOTAVAIL)
        throw std::runtime_error("an address of others was given");
      ::close(fd);
    }
  });
  on.wait_for("stranger");
}

// Gets a port by what `use` does to it. Nothing tells of that; a snapshot shows the socket, and
// what a snapshot has shown is told closed.
void get_a_port_unasked(stage &on, void (*use)(int fd, const socket_address &to),
                        std::uint8_t state) {
  const std::vector<endpoint> all = {udp4, udp6, udp4_mapped};
  const gate seen;
  on.start("sender", [&](performer &me) {
    std::vector<int> open;
    for (const endpoint &where : all) {
      open.push_back(me.socket(where));
      use(open.back(), make_address(where.family, where.address, 9));
      me.knows(where.name, open.back());
    }
    me.reached("sent");
    seen.wait();
    for (const int fd : open)
      ::close(fd);
    const int unseen = me.socket(udp4);
    use(unseen, make_address(AF_INET, "127.0.0.1", 9));
    me.knows("unseen", unseen);
    ::close(unseen);
  });
  on.until("sent");
  on.look();
  for (const endpoint &where : all)
    on.held(where.name, {"sender"}, state);
  seen.open();
  on.wait_for("sender");
  life_options more;
  more.before_watch = true;
  for (const endpoint &where : all)
    on.told(where.name, on.looks_by_iterator() ? std::vector<act>{BS_CLOSED} : std::vector<act>{},
            more);
  on.told("unseen", {});
}

void send_without_bind(stage &on) {
  get_a_port_unasked(
      on,
      [](int fd, const socket_address &to) {
        if (::sendto(fd, "", 1, 0, to.get(), to.length) != 1)
          throw_errno("sendto");
      },
      state_close);
}

void connect_without_bind(stage &on) {
  get_a_port_unasked(
      on,
      [](int fd, const socket_address &to) {
        if (::connect(fd, to.get(), to.length) != 0)
          throw_errno("connect");
      },
      state_established);
}

void bind_a_thousand_times(stage &on) {
  constexpr int count = 1000;
  const gate seen;
  const auto name = [](int i) { return "socket " + std::to_string(i); };
  on.start("binder", [&](performer &me) {
    for (int i = 0; i < count; i++) {
      const endpoint &where = i % 2 == 0 ? tcp4 : udp6;
      const int fd = me.socket(where);
      me.must_bind(fd, where);
      me.knows(name(i), fd);
    }
    me.reached("bound");
    seen.wait();
  });
  on.until("bound");
  on.look();
  for (int i = 0; i < count; i++)
    on.held(name(i), {"binder"}, state_close);
  seen.open();
  on.wait_for("binder");
  for (int i = 0; i < count; i++)
    on.told(name(i), {BS_BOUND, BS_CLOSED});
}

} // namespace

const std::vector<scenario> binding = {
    {"bind-to-a-port", bind_to_a_port},
    {"bind-to-port-zero", bind_to_port_zero},
    {"bind-to-a-port-in-use", bind_to_a_port_in_use},
    {"bind-without-permission", bind_without_permission},
    {"bind-to-an-address-of-others", bind_to_an_address_of_others},
    {"udp-sendto-without-bind", send_without_bind},
    {"udp-connect-without-bind", connect_without_bind},
    {"bind-a-thousand-times", bind_a_thousand_times},
};

} // namespace bindscope::scenarios
