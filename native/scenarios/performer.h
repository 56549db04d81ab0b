// SPDX-License-Identifier: Apache-2.0
//
// The side of a scenario that acts: processes of its own, which tell the stage what they did.
#pragma once

#include <sys/types.h>

#include <array>
#include <cstdint>
#include <functional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "endpoint.h"

namespace bindscope::scenarios {

// Throws std::system_error of errno, with what failed.
[[noreturn]] void throw_errno(const char *what);

// The same file by a descriptor that scenarios do not want for themselves. Throws
// std::system_error.
int out_of_the_way(int fd);

// Opened once for each process that is to pass. Shared by fork, and by exec where `inherited`.
class gate {
public:
  gate();
  explicit gate(int fd) : fd_(fd) {}
  void open() const;
  void wait() const;
  int fd() const { return fd_; }
  void inherit() const; // by exec
  void close();

private:
  int fd_;
};

struct socket_facts {
  std::uint64_t cookie;
  std::uint64_t inode;
  std::uint32_t netns;
  std::uint16_t family;
  std::uint16_t port;
  std::uint8_t protocol;
  std::array<std::uint8_t, 16> address;
};

// What a performer tells the stage; one datagram each.
struct report {
  enum class kind : std::uint32_t {
    born,        // a child: `performer` is it, `value` its pid
    introduced,  // its identity is to be read; `stage` opens the gate `acknowledged` after it
    knows,       // a socket, by name
    attempts,    // calls bind; socket: what is asked for
    refused,     // that bind failed; value: errno
    reached,     // a step, by name
    ended,       // a child was waited for; value: wait status
    unsupported, // the kernel cannot do what the scenario is about; words: why
    failed,      // the scenario itself cannot go on; words: why
  };
  kind what;
  std::uint32_t performer;
  std::int64_t value;
  socket_facts socket;
  char name[40];
  char words[160];
};

// The line to the stage, and what all performers of one scenario share.
struct channel {
  int reports;        // SOCK_SEQPACKET
  int acknowledged;   // gate
  int next_performer; // memfd of one std::uint32_t
};

// Thrown by a performer whose kernel cannot do what the scenario is about.
class not_supported : public std::runtime_error {
public:
  using std::runtime_error::runtime_error;
};

class performer {
public:
  using script = std::function<void(performer &)>;

  performer(const channel &line, std::uint32_t id) : line_(line), id_(id) {}

  // Descriptors without close-on-exec: scenarios say what exec keeps.
  int socket(const endpoint &where, int protocol = 0);
  // Returns 0 or errno. What is asked for, and a refusal, are told to the stage.
  int bind(int fd, const socket_address &address);
  // The same by another call, which returns 0 or errno.
  int bind(int fd, const socket_address &address, const std::function<int()> &call);
  int bind(int fd, const endpoint &where, std::uint16_t port = 0);
  // Throws where binding, or listening, fails.
  void must_bind(int fd, const endpoint &where, std::uint16_t port = 0);
  void must_listen(int fd);
  void set_option(int fd, int level, int option, int value = 1);

  // Tells the stage of an inet socket that has a name from now on. `port`: where the socket's own
  // is not that of its records.
  void knows(const std::string &name, int fd);
  void reached(const std::string &step);
  // Has the stage read who this process is now.
  void introduce();

  // A child, introduced before the script runs. `pid`: the id it is to have; 0 for any.
  pid_t fork(const script &play, pid_t pid = 0);
  // Throws where the child did not end by itself with status 0.
  void wait_for(pid_t child);
  // Becomes this program in a named role (see roles.h), with these words for it. Only what has no
  // close-on-exec is kept.
  [[noreturn]] void become(const std::string &program, const std::string &role,
                           const std::vector<std::string> &words = {});

  // What a process of the stage does after fork: runs the script, ends the process.
  [[noreturn]] void run(const script &play);

  const channel &line() const { return line_; }
  std::uint32_t id() const { return id_; }

private:
  void send(report &&one) const;
  report make(report::kind what) const;

  channel line_;
  std::uint32_t id_;
  std::vector<std::pair<pid_t, std::uint32_t>> children_;
};

} // namespace bindscope::scenarios
