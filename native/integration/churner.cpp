// SPDX-License-Identifier: Apache-2.0
//
// Binds, listens and closes at random, and says how it truly was: on its standard output, a line
// for each socket when it is gone,
//
//   COOKIE PORT tcp|udp BOUND_AFTER BOUND_BEFORE LISTENED CLOSED_AFTER CLOSED_BEFORE
//
// in boot-clock nanoseconds: it was bound at some moment between the first two, and let go of by
// the last who had it between the last two; LISTENED is 1 or 0.
//
//   churner SEED
//
// until its standard input ends; then it closes what it has open, the first few sockets among it.
#include <arpa/inet.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <vector>

namespace {

std::uint64_t now() {
  timespec time{};
  ::clock_gettime(CLOCK_BOOTTIME, &time);
  return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000 +
         static_cast<std::uint64_t>(time.tv_nsec);
}

struct truth {
  int fd = -1;
  bool tcp = false;
  bool listened = false;
  std::uint64_t cookie = 0;
  unsigned port = 0;
  std::uint64_t bound_after = 0;
  std::uint64_t bound_before = 0;
};

// A socket with a port of the kernel's choice. One that is to listen may leave the bind to
// listen().
truth open_socket(bool tcp, bool listens, bool binds) {
  truth made;
  made.tcp = tcp;
  made.listened = listens;
  made.fd = ::socket(AF_INET, (tcp ? SOCK_STREAM : SOCK_DGRAM) | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof(address);
  made.bound_after = now();
  const bool bound = !binds || ::bind(made.fd, reinterpret_cast<sockaddr *>(&address), length) == 0;
  if (binds)
    made.bound_before = now();
  if (made.fd < 0 || !bound || (listens && ::listen(made.fd, 4) != 0)) {
    std::perror("churner");
    std::exit(1);
  }
  if (!binds)
    made.bound_before = now();
  ::getsockname(made.fd, reinterpret_cast<sockaddr *>(&address), &length);
  made.port = ntohs(address.sin_port);
  length = sizeof(made.cookie);
  ::getsockopt(made.fd, SOL_SOCKET, SO_COOKIE, &made.cookie, &length);
  return made;
}

void say(const truth &gone, std::uint64_t closed_after, std::uint64_t closed_before) {
  std::printf("%llu %u %s %llu %llu %d %llu %llu\n", static_cast<unsigned long long>(gone.cookie),
              gone.port, gone.tcp ? "tcp" : "udp",
              static_cast<unsigned long long>(gone.bound_after),
              static_cast<unsigned long long>(gone.bound_before), gone.listened ? 1 : 0,
              static_cast<unsigned long long>(closed_after),
              static_cast<unsigned long long>(closed_before));
}

void close_socket(const truth &socket) {
  const std::uint64_t after = now();
  ::close(socket.fd);
  say(socket, after, now());
}

// A child has it too, and is the last to let go of it: by its end. It has what else is open here as
// well, so it closes that first.
void leave_to_child(const truth &socket, const std::vector<truth> &others, unsigned milliseconds) {
  const std::uint64_t after = now();
  std::fflush(stdout);
  const pid_t child = ::fork();
  if (child == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (const truth &other : others)
      if (other.fd != socket.fd)
        ::close(other.fd);
    ::usleep(milliseconds * 1000);
    ::_exit(0);
  }
  ::close(socket.fd);
  int status = 0;
  ::waitpid(child, &status, 0);
  say(socket, after, now());
}

bool is_wanted() {
  pollfd input{0, POLLIN, 0};
  return ::poll(&input, 1, 0) == 0;
}

} // namespace

int main(int, char **arguments) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  std::mt19937 random(static_cast<unsigned>(std::atoi(arguments[1])));
  const auto below = [&](unsigned limit) { return static_cast<unsigned>(random() % limit); };
  constexpr std::size_t kept = 4;
  std::vector<truth> open;
  for (unsigned count = 0; count < 12; count++)
    open.push_back(open_socket(count % 3 != 0, count % 3 == 1, true));
  std::puts("ready");
  std::fflush(stdout);
  while (is_wanted()) {
    if (open.size() < 40 && below(2) == 0) {
      const bool tcp = below(3) != 0;
      const bool listens = tcp && below(2) == 0;
      open.push_back(open_socket(tcp, listens, !listens || below(4) != 0));
    } else if (open.size() > kept) {
      const std::size_t index = kept + below(static_cast<unsigned>(open.size() - kept));
      const truth gone = open[index];
      if (below(40) == 0)
        leave_to_child(gone, open, below(8));
      else
        close_socket(gone);
      open.erase(open.begin() + static_cast<std::ptrdiff_t>(index));
    }
    if (below(3) == 0)
      ::usleep(below(3000));
  }
  for (const truth &left : open)
    close_socket(left);
  std::fflush(stdout);
  return 0;
}
