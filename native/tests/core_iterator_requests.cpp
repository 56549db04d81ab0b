// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <cstring>
#include <functional>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include "core/iterator_requests.h"

using namespace bindscope;
using namespace bindscope::core;
using handoff::fact;

namespace {

// The other end of a session's socket, played by the test.
class fake_helper {
public:
  fake_helper() {
    int ends[2];
    REQUIRE(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == 0);
    peer_.reset(ends[0]);
    socket_.reset(ends[1]);
  }
  ~fake_helper() { finish(); }
  // Waits until its part is played.
  void finish() {
    if (thread_.joinable())
      thread_.join();
  }
  int peer() const { return peer_.get(); }

  // On a thread of its own.
  void play(std::function<void(fake_helper &)> part) {
    thread_ = std::thread([this, part = std::move(part)] { part(*this); });
  }

  // The byte of a request; -1 for a hang-up or anything else.
  int request() {
    unsigned char bytes[8];
    return ::recv(socket_.get(), bytes, sizeof(bytes), 0) == 1 ? bytes[0] : -1;
  }
  void reply(std::int32_t error, const std::vector<int> &fds = {},
             std::size_t size = sizeof(std::int32_t)) {
    char bytes[16] = {};
    std::memcpy(bytes, &error, sizeof(error));
    iovec part{bytes, size};
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int) * 4)] = {};
    msghdr header{};
    header.msg_iov = &part;
    header.msg_iovlen = 1;
    if (!fds.empty()) {
      header.msg_control = control;
      header.msg_controllen = CMSG_SPACE(sizeof(int) * fds.size());
      cmsghdr *item = CMSG_FIRSTHDR(&header);
      item->cmsg_level = SOL_SOCKET;
      item->cmsg_type = SCM_RIGHTS;
      item->cmsg_len = CMSG_LEN(sizeof(int) * fds.size());
      std::memcpy(CMSG_DATA(item), fds.data(), sizeof(int) * fds.size());
    }
    ::sendmsg(socket_.get(), &header, MSG_NOSIGNAL);
  }
  void hang_up() { socket_.reset(); }

private:
  unique_fd peer_;
  unique_fd socket_;
  std::thread thread_;
};

int error_of(iterator_requests &requests) {
  try {
    requests.start(fact::sockets);
  } catch (const std::system_error &error) {
    return error.code().value();
  }
  return 0;
}

int open_descriptors() {
  int count = 0;
  for (int fd = 0; fd < 1024; fd++)
    count += ::fcntl(fd, F_GETFD) >= 0 ? 1 : 0;
  return count;
}

} // namespace

TEST_CASE("an iterator is asked for by its fact and comes as a descriptor that no child inherits") {
  fake_helper helper;
  iterator_requests requests(helper.peer());
  std::vector<int> asked;
  helper.play([&](fake_helper &self) {
    for (int i = 0; i < 2; i++) {
      asked.push_back(self.request());
      self.reply(0, {2});
    }
  });
  for (const fact told : {fact::sockets, fact::processes}) {
    const unique_fd iterator = requests.start(told);
    REQUIRE(iterator);
    CHECK((::fcntl(iterator.get(), F_GETFD) & FD_CLOEXEC) != 0);
  }
  CHECK(asked == std::vector<int>{7, 8});
}

TEST_CASE("what the kernel told the helper is told on, and the next request goes on") {
  fake_helper helper;
  iterator_requests requests(helper.peer());
  helper.play([](fake_helper &self) {
    self.request();
    self.reply(EMFILE);
    self.request();
    self.reply(0, {2});
  });
  CHECK(error_of(requests) == EMFILE);
  CHECK(error_of(requests) == 0);
}

TEST_CASE("a helper that cannot send for others' descriptors is asked again") {
  fake_helper helper;
  iterator_requests requests(helper.peer());
  int asked = 0;
  helper.play([&](fake_helper &self) {
    for (; self.request() == 7; asked++)
      asked < 4 ? self.reply(ETOOMANYREFS) : self.reply(0, {2});
  });
  CHECK(error_of(requests) == 0);
  requests.end();
}

TEST_CASE("an answer that is none ends the connection and leaves no descriptor open") {
  const std::vector<std::pair<const char *, std::function<void(fake_helper &)>>> wrong = {
      {"success without a descriptor", [](fake_helper &self) { self.reply(0); }},
      {"a descriptor with an error", [](fake_helper &self) { self.reply(EPERM, {2}); }},
      {"two descriptors",
       [](fake_helper &self) {
         self.reply(0, {2, 2});
       }},
      {"an error below zero", [](fake_helper &self) { self.reply(-1); }},
      {"too short", [](fake_helper &self) { self.reply(0, {2}, 3); }},
      {"too long", [](fake_helper &self) { self.reply(0, {2}, 5); }},
      {"nothing, as a message", [](fake_helper &self) { self.reply(0, {}, 0); }},
  };
  for (const auto &[name, answer] : wrong) {
    CAPTURE(name);
    fake_helper helper;
    iterator_requests requests(helper.peer());
    const int before = open_descriptors();
    bool hung_up = false;
    helper.play([&, answer = answer](fake_helper &self) {
      self.request();
      answer(self);
      hung_up = self.request() == -1;
    });
    const int error = error_of(requests);
    CHECK((error == EPROTO || error == ECONNRESET));
    CHECK(open_descriptors() == before);
    CHECK(error_of(requests) != 0);
    helper.finish();
    CHECK(hung_up);
  }
}

TEST_CASE("who waits for an answer returns at the hang-up of either side") {
  for (const bool ours : {false, true}) {
    CAPTURE(ours);
    fake_helper helper;
    iterator_requests requests(helper.peer());
    helper.play([&](fake_helper &self) {
      self.request();
      if (ours)
        requests.end();
      else
        self.hang_up();
    });
    const auto begun = std::chrono::steady_clock::now();
    CHECK(error_of(requests) != 0);
    CHECK(std::chrono::steady_clock::now() - begun < std::chrono::seconds(8));
  }
}

TEST_CASE("a helper that is gone is asked nothing, and its socket's number is nobody else's") {
  fake_helper helper;
  iterator_requests requests(helper.peer());
  requests.end();
  CHECK(error_of(requests) == EPIPE);
}
