// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netinet/in.h>

#include <cstdint>
#include <string>
#include <vector>

#include "core/unique_fd.h"

namespace bindscope::bench {

/*
 * What is timed: system calls that our programs look at, and some that they do not. Owns the
 * sockets and files that the calls are made on. One thread, and always the same: its CPU time is
 * the clock.
 */
class measured_calls {
public:
  struct call {
    const char *name;
    bool unrelated;       // nothing that we watch happens in it
    unsigned int repeats; // in a chunk, which is what is timed: some 0.2 ms
    void (measured_calls::*once)();
  };

  // Throws std::system_error, as do all below.
  measured_calls();

  static const std::vector<call> &all();

  // Nanoseconds of CPU time of one call each, in the order of all(): the median of `chunks` chunks.
  // Calls take turns by chunks, after one chunk each that is not timed.
  std::vector<double> time(unsigned int chunks);

private:
  void ask_parent();
  void read_byte();
  void write_byte();
  void open_and_close();
  void make_socket();
  void bind_tcp();
  void bind_tcp6();
  void bind_udp();
  void bind_and_listen();
  void bind_in_vain();
  void connect();
  void run_program();

  void bind_one(int family, int type, bool listens);
  double time_chunk(const call &what);

  core::unique_fd file_;     // of one byte, in memory
  core::unique_fd listener_; // of connections
  core::unique_fd holder_;   // of the address that is in use
  core::unique_fd refused_;  // wants that address and never gets it
  sockaddr_in listened_{};
  sockaddr_in used_{};
  sockaddr_in free_{}; // nobody's
  sockaddr_in6 free6_{};
  std::string program_; // this one, which ends at once when asked so
};

// The argument by which this program is asked to end at once.
constexpr const char *end_at_once = "end";

} // namespace bindscope::bench
