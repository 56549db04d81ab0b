// SPDX-License-Identifier: Apache-2.0
//
// A real helper on the real kernel, for tests. Needs root.
#pragma once

#include <linux/types.h>
#include <netinet/in.h>
#include <sys/types.h>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "bindscope/events.h"
#include "core/unique_fd.h"
#include "handoff/handoff.h"

struct ring_buffer;

// Ends the test case, saying so by name, where the kernel would not let us.
#define REQUIRE_ROOT()                                                                             \
  if (::geteuid() != 0) {                                                                          \
    MESSAGE("skipped: needs root");                                                                \
    return;                                                                                        \
  }

namespace bindscope::helper::test {

// bindscope-helper beside the running test program.
std::string helper_path();

// Starts a program with `input` as its standard input; `before_exec` runs in the child.
pid_t start(
    const std::vector<std::string> &command, int input,
    const std::function<void()> &before_exec = [] {});

// Exit status as of wait(); kills the process when it has not ended after 30 s.
int wait_for_exit(pid_t pid);

// All of a file, empty when it cannot be read.
std::string read_file(const std::string &path);

// The value behind "Name:" of /proc/PID/status, tabs as spaces.
std::string status_field(pid_t pid, const std::string &name);

// Whether the helper has given up all that it gives up after its message, or does so within 5 s.
bool confined(pid_t helper);

// Whether it comes to hold within 5 s.
template <class Condition> bool eventually(Condition condition) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(5);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline)
      return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return true;
}

struct received {
  handoff::message message{};
  std::vector<core::unique_fd> descriptors; // in the message's order
};

// Waits up to 60 s (emulated machines are slow) for the one message. Empty when the other end hung
// up first.
std::optional<received> receive(int socket);

struct record {
  bs_event event;
  std::string path; // "/a/b", empty where there is none
  __u64 exe_inode;
  __u32 exe_device;
  std::string args; // NUL-separated
  __u32 args_length;
};

// A helper started with --stdin over a socket pair, and its ring buffer.
class live_helper {
public:
  explicit live_helper(
      const std::vector<std::string> &arguments = {},
      const std::function<void()> &before_exec = [] {});
  ~live_helper();

  const handoff::message &message() const { return received_.message; }
  int descriptor(handoff::descriptor meaning) const;
  // The n-th of the message.
  int descriptor_at(std::size_t index) const { return received_.descriptors.at(index).get(); }
  pid_t pid() const { return pid_; }
  int socket() const { return socket_.get(); }
  const bs_stats &stats() const { return *stats_; }
  bool attached(handoff::fact told, const std::string &hook) const;

  // Hangs up and returns the helper's exit status, as of wait().
  int hang_up();

  // All records so far of the given process (this one by default), oldest first.
  const std::vector<record> &poll(pid_t tgid = 0);
  // Of those, the ones about a socket (but attempts, which are about a call), or of a kind.
  std::vector<record> of_cookie(__u64 cookie, pid_t tgid = 0);
  std::vector<record> of_kind(bs_event_kind kind, pid_t tgid = 0);
  // Takes what is in the ring and counts it, without keeping it.
  std::size_t drain();

  // Rows of an iterator, read to the end.
  template <class Row> std::vector<Row> rows(handoff::descriptor iterator) const {
    const std::string bytes = read_iterator(iterator);
    std::vector<Row> all(bytes.size() / sizeof(Row));
    if (!all.empty())
      __builtin_memcpy(static_cast<void *>(all.data()), bytes.data(), all.size() * sizeof(Row));
    return all;
  }

private:
  static int on_record(void *self, void *data, std::size_t size);
  std::string read_iterator(handoff::descriptor iterator) const;

  pid_t pid_ = -1;
  core::unique_fd socket_;
  received received_;
  ring_buffer *ring_ = nullptr;
  const bs_stats *stats_ = nullptr;
  bool keep_ = true;
  std::vector<record> all_;
  std::vector<record> selected_;
};

// A socket of ours; throws where the kernel refuses.
class test_socket {
public:
  test_socket(int family, int type, int protocol = 0);
  int fd() const { return fd_.get(); }
  void close() { fd_.reset(); }
  void reuse_address();
  // To the loopback address. Returns 0 or errno.
  int bind(in_port_t port = 0);
  int listen();
  in_port_t port() const;
  __u64 cookie() const;

private:
  int family_;
  core::unique_fd fd_;
};

// "/usr/bin/env" of the components of a record or row.
std::string path_of(const char *components, std::size_t size);

} // namespace bindscope::helper::test
