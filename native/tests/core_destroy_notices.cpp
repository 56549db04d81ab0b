// SPDX-License-Identifier: Apache-2.0
//
// Notices of destroyed sockets, in a network namespace of the test's own, where nobody else's
// sockets are counted.
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sched.h>
#include <sys/socket.h>

#include <chrono>
#include <exception>
#include <functional>
#include <thread>
#include <vector>

#include "core/clocks.h"
#include "core/destroy_notices.h"
#include "core/sock_diag.h"

using namespace bindscope::core;

namespace {

// doctest's checks are for one thread at a time: this one waits, and hears of what failed.
void in_own_namespace(const std::function<void()> &run) {
  bool entered = false;
  std::exception_ptr failure;
  std::thread([&] {
    entered = ::unshare(CLONE_NEWNET) == 0;
    try {
      if (entered)
        run();
    } catch (...) {
      failure = std::current_exception();
    }
  }).join();
  if (failure)
    std::rethrow_exception(failure);
  if (!entered)
    MESSAGE("skipped: making a network namespace needs root");
}

unique_fd bind_any(int type) {
  unique_fd made(::socket(AF_INET6, type | SOCK_CLOEXEC, 0));
  sockaddr_in6 any{};
  any.sin6_family = AF_INET6;
  REQUIRE(::bind(made.get(), reinterpret_cast<sockaddr *>(&any), sizeof(any)) == 0);
  if (type == SOCK_STREAM)
    REQUIRE(::listen(made.get(), 1) == 0);
  return made;
}

// The kernel sends notices from a thread of its own, some time after the close.
void await(const std::function<bool()> &reached) {
  for (int round = 0; round < 1000 && !reached(); round++)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  REQUIRE(reached());
}

void add_all_known(socket_columns &columns) {
  dump_bound_sockets(open_sock_diag().get(),
                     [&](const diag_socket &socket) { append_socket(columns, socket, 0, 1); });
}

} // namespace

TEST_CASE("a close is told within a tenth of a second, once, with the port: TCP and UDP") {
  in_own_namespace([] {
    for (const int type : {SOCK_STREAM, SOCK_DGRAM}) {
      known_sockets known;
      destroy_notices notices(known);
      unique_fd made = bind_any(type);
      socket_columns columns;
      add_all_known(columns);
      REQUIRE(columns.port.size() == 1);
      known.replace(columns);

      const std::uint64_t closed_at = boot_clock();
      made.reset();
      pollfd waiting{notices.descriptor(), POLLIN, 0};
      REQUIRE(::poll(&waiting, 1, 5000) == 1);
      std::vector<bs_event> told;
      const auto keep = [&](const bs_event &record) { told.push_back(record); };
      CHECK(notices.read(keep) == 0);
      REQUIRE(told.size() == 1);
      CHECK(told[0].port == columns.port[0]);
      CHECK(told[0].time_ns >= closed_at);
      CHECK(told[0].time_ns - closed_at < 100'000'000);
      CHECK(notices.read(keep) == 0);
      CHECK(told.size() == 1);
    }
  });
}

TEST_CASE(
    "notices that the kernel had no room for are counted to the last one, and later ones come") {
  in_own_namespace([] {
    known_sockets known;
    destroy_notices notices(known);
    constexpr std::size_t rounds = 20, each = 200;
    socket_columns columns;
    for (std::size_t round = 0; round < rounds; round++) {
      std::vector<unique_fd> made;
      for (std::size_t i = 0; i < each; i++)
        made.push_back(bind_any(SOCK_DGRAM));
      add_all_known(columns);
    }
    REQUIRE(columns.port.size() == rounds * each);
    known.replace(columns);

    await([&] { return dropped_notices(notices.descriptor()).value_or(1) > 0; });
    std::size_t told = 0;
    std::uint64_t lost = 0;
    const auto count = [&](const bs_event &) { told++; };
    await([&] {
      lost += notices.read(count);
      return told + lost >= rounds * each;
    });
    CHECK(told > 0);
    CHECK(lost > 0);
    CHECK(told + lost == rounds * each);

    unique_fd later = bind_any(SOCK_DGRAM);
    columns = {};
    add_all_known(columns);
    known.replace(columns);
    later.reset();
    told = 0;
    await([&] {
      CHECK(notices.read(count) == 0);
      return told > 0;
    });
    CHECK(told == 1);
  });
}
