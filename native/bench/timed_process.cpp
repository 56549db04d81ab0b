// SPDX-License-Identifier: Apache-2.0
#include "timed_process.h"

#include <sched.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <exception>
#include <stdexcept>
#include <system_error>

#include "measured_calls.h"

namespace bindscope::bench {

namespace {

[[noreturn]] void throw_errno(const char *what) {
  throw std::system_error(errno, std::generic_category(), what);
}

void run_on(const cpu_set_t &which) {
  if (::sched_setaffinity(0, sizeof(which), &which) != 0)
    throw_errno("sched_setaffinity()");
}

[[noreturn]] void serve(int line) {
  try {
    measured_calls calls;
    unsigned int chunks = 0;
    while (::recv(line, &chunks, sizeof(chunks), 0) == sizeof(chunks)) {
      const std::vector<double> times = calls.time(chunks);
      ::send(line, times.data(), times.size() * sizeof(double), MSG_NOSIGNAL);
    }
    ::_exit(0);
  } catch (const std::exception &error) {
    std::fprintf(stderr, "bindscope-overhead: %s\n", error.what());
    ::_exit(1);
  }
}

} // namespace

timed_process::timed_process() {
  cpu_set_t timed{}, others{};
  if (::sched_getaffinity(0, sizeof(others), &others) != 0)
    throw_errno("sched_getaffinity()");
  int last = CPU_SETSIZE - 1;
  while (last > 0 && !CPU_ISSET(last, &others))
    last--;
  CPU_SET(last, &timed);
  if (CPU_COUNT(&others) > 1)
    CPU_CLR(last, &others);

  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
    throw_errno("socketpair()");
  line_.reset(ends[0]);
  core::unique_fd theirs(ends[1]);
  pid_ = ::fork();
  if (pid_ < 0)
    throw_errno("fork()");
  if (pid_ == 0) {
    line_.reset();
    run_on(timed);
    serve(theirs.get());
  }
  run_on(others);
}

timed_process::~timed_process() {
  line_.reset();
  ::waitpid(pid_, nullptr, 0);
}

std::vector<double> timed_process::time(unsigned int chunks) {
  std::vector<double> times(measured_calls::all().size());
  const auto size = static_cast<ssize_t>(times.size() * sizeof(double));
  if (::send(line_.get(), &chunks, sizeof(chunks), MSG_NOSIGNAL) != sizeof(chunks) ||
      ::recv(line_.get(), times.data(), static_cast<std::size_t>(size), 0) != size)
    throw std::runtime_error("the process that is timed has ended");
  return times;
}

} // namespace bindscope::bench
