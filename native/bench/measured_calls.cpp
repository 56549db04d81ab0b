// SPDX-License-Identifier: Apache-2.0
#include "measured_calls.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <system_error>

#include "core/proc_fs.h"

namespace bindscope::bench {

namespace {

// Loopback, but nobody else's address: what others bind is not in the way, nor ours in theirs.
constexpr in_addr_t own_address = 0x7f53'4f48; // 127.83.79.72

void check(bool right, const char *what) {
  if (!right)
    throw std::system_error(errno, std::generic_category(), what);
}

template <typename address> const sockaddr *generic(const address &specific) {
  return reinterpret_cast<const sockaddr *>(&specific);
}

core::unique_fd open_socket(int family, int type) {
  core::unique_fd opened(::socket(family, type | SOCK_CLOEXEC, 0));
  check(static_cast<bool>(opened), "socket()");
  return opened;
}

// A bound TCP socket, and its address with the port that the kernel chose.
template <typename address> core::unique_fd bind_to_any_port(address &where) {
  core::unique_fd bound = open_socket(generic(where)->sa_family, SOCK_STREAM);
  check(::bind(bound.get(), generic(where), sizeof(where)) == 0, "bind()");
  socklen_t length = sizeof(where);
  check(::getsockname(bound.get(), reinterpret_cast<sockaddr *>(&where), &length) == 0,
        "getsockname()");
  return bound;
}

double nanoseconds(const timespec &time) {
  return static_cast<double>(time.tv_sec) * 1e9 + static_cast<double>(time.tv_nsec);
}

double nanoseconds(const timeval &time) {
  return static_cast<double>(time.tv_sec) * 1e9 + static_cast<double>(time.tv_usec) * 1e3;
}

// Of this thread and of the children it has waited for. Time in which others had the CPU is not in
// it.
double cpu_time() {
  timespec own{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &own);
  rusage children{};
  ::getrusage(RUSAGE_CHILDREN, &children);
  return nanoseconds(own) + nanoseconds(children.ru_utime) + nanoseconds(children.ru_stime);
}

} // namespace

const std::vector<measured_calls::call> &measured_calls::all() {
  using self = measured_calls;
  static const std::vector<call> calls = {
      {"socket, bind, close: TCP", false, 25, &self::bind_tcp},
      {"socket, bind, close: TCP over IPv6", false, 25, &self::bind_tcp6},
      {"socket, bind, close: UDP", false, 40, &self::bind_udp},
      {"socket, bind, listen, close: TCP", false, 20, &self::bind_and_listen},
      {"bind that fails", false, 200, &self::bind_in_vain},
      {"socket, close: TCP", false, 30, &self::make_socket},
      {"connect, accept, close twice: TCP", false, 8, &self::connect},
      {"spawn, exec, exit, wait", false, 2, &self::run_program},
      {"getppid", true, 1500, &self::ask_parent},
      {"read a byte of a file", true, 700, &self::read_byte},
      {"write a byte to a file", true, 500, &self::write_byte},
      {"open, close of a file", true, 150, &self::open_and_close},
  };
  return calls;
}

measured_calls::measured_calls()
    : file_(::memfd_create("bindscope-overhead", MFD_CLOEXEC)),
      program_(core::read_link_at(AT_FDCWD, "/proc/self/exe")) {
  check(static_cast<bool>(file_), "memfd_create()");
  write_byte();
  for (sockaddr_in *each : {&listened_, &used_, &free_}) {
    each->sin_family = AF_INET;
    each->sin_addr.s_addr = htonl(own_address);
  }
  free6_.sin6_family = AF_INET6;
  free6_.sin6_addr = in6addr_loopback;
  listener_ = bind_to_any_port(listened_);
  check(::listen(listener_.get(), 16) == 0, "listen()");
  holder_ = bind_to_any_port(used_);
  refused_ = open_socket(AF_INET, SOCK_STREAM);
  // Closed again at once: a port that is asked for is found faster, and always equally fast.
  bind_to_any_port(free_);
  bind_to_any_port(free6_);
}

void measured_calls::ask_parent() {
  ::getppid();
}

void measured_calls::read_byte() {
  char byte;
  check(::pread(file_.get(), &byte, 1, 0) == 1, "pread()");
}

void measured_calls::write_byte() {
  const char byte = 'b';
  check(::pwrite(file_.get(), &byte, 1, 0) == 1, "pwrite()");
}

void measured_calls::open_and_close() {
  check(static_cast<bool>(core::unique_fd(::open(program_.c_str(), O_RDONLY | O_CLOEXEC))),
        "open()");
}

void measured_calls::make_socket() {
  open_socket(AF_INET, SOCK_STREAM);
}

void measured_calls::bind_one(int family, int type, bool listens) {
  const core::unique_fd bound = open_socket(family, type);
  const bool is_bound = family == AF_INET
                            ? ::bind(bound.get(), generic(free_), sizeof(free_)) == 0
                            : ::bind(bound.get(), generic(free6_), sizeof(free6_)) == 0;
  check(is_bound, "bind()");
  check(!listens || ::listen(bound.get(), 16) == 0, "listen()");
}

void measured_calls::bind_tcp() {
  bind_one(AF_INET, SOCK_STREAM, false);
}

void measured_calls::bind_tcp6() {
  bind_one(AF_INET6, SOCK_STREAM, false);
}

void measured_calls::bind_udp() {
  bind_one(AF_INET, SOCK_DGRAM, false);
}

void measured_calls::bind_and_listen() {
  bind_one(AF_INET, SOCK_STREAM, true);
}

void measured_calls::bind_in_vain() {
  check(::bind(refused_.get(), generic(used_), sizeof(used_)) != 0 && errno == EADDRINUSE,
        "bind() to an address in use");
}

void measured_calls::connect() {
  const core::unique_fd client = open_socket(AF_INET, SOCK_STREAM);
  // By a reset: what waits for late packets would pile up.
  const linger reset{1, 0};
  check(::setsockopt(client.get(), SOL_SOCKET, SO_LINGER, &reset, sizeof(reset)) == 0 &&
            ::connect(client.get(), generic(listened_), sizeof(listened_)) == 0,
        "connect()");
  check(static_cast<bool>(
            core::unique_fd(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC))),
        "accept()");
}

void measured_calls::run_program() {
  std::string argument = end_at_once;
  char *arguments[] = {program_.data(), argument.data(), nullptr};
  char *environment[] = {nullptr};
  pid_t child = -1;
  if (const int error =
          ::posix_spawn(&child, program_.c_str(), nullptr, nullptr, arguments, environment);
      error != 0)
    throw std::system_error(error, std::generic_category(), "posix_spawn()");
  int status = 0;
  check(::waitpid(child, &status, 0) == child, "waitpid()");
}

double measured_calls::time_chunk(const call &what) {
  const double begun = cpu_time();
  for (unsigned int repeat = 0; repeat < what.repeats; repeat++)
    (this->*what.once)();
  return (cpu_time() - begun) / what.repeats;
}

std::vector<double> measured_calls::time(unsigned int chunks) {
  std::vector<std::vector<double>> timed(all().size());
  for (unsigned int chunk = 0; chunk <= chunks; chunk++)
    for (std::size_t i = 0; i < all().size(); i++) {
      const double took = time_chunk(all()[i]);
      if (chunk > 0)
        timed[i].push_back(took);
    }
  std::vector<double> typical;
  for (std::size_t i = 0; i < all().size(); i++) {
    // What others on the machine do makes an unrelated call slower and never faster. What is told
    // of a related one depends on what its reader does, so there the best chunk says too little.
    const std::size_t rank = all()[i].unrelated ? 0 : chunks / 2;
    const auto wanted = timed[i].begin() + static_cast<std::ptrdiff_t>(rank);
    std::nth_element(timed[i].begin(), wanted, timed[i].end());
    typical.push_back(*wanted);
  }
  return typical;
}

} // namespace bindscope::bench
