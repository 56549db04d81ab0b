// SPDX-License-Identifier: Apache-2.0
//
// The load of the benchmarks: real processes with real sockets.
//   load listen PROCESSES LISTENERS   forks, listens, prints "ready", holds until its stdin closes
//   load bind COUNT INTERVAL_US       binds and closes TCP sockets one after another and prints for
//                                     each "PORT BOOT_NS WALL_NS": the clocks as bind() returned
//   load churn THREADS COUNT RATE [FILE]
//                                     binds and closes COUNT TCP sockets, RATE a second (0: as fast
//                                     as it goes), shared out among the threads, and prints JSON:
//                                     {"done":[of each thread],"seconds":N}. Into FILE one line a
//                                     socket: its cookie and the boot clock in ns before and after
//                                     bind() and before and after close()
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <string>
#include <thread>
#include <vector>

namespace {

[[noreturn]] void die(const char *what) {
  std::fprintf(stderr, "load: %s: %s\n", what, std::strerror(errno));
  std::exit(1);
}

std::uint64_t now_ns(clockid_t clock) {
  timespec time{};
  clock_gettime(clock, &time);
  return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000U +
         static_cast<std::uint64_t>(time.tv_nsec);
}

int tcp_socket() {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0)
    die("socket");
  return fd;
}

// Port 0: the kernel chooses. A loopback address per block of processes keeps 40,000 listeners
// within the ephemeral ports.
void bind_to(int fd, std::uint32_t address) {
  sockaddr_in local{};
  local.sin_family = AF_INET;
  local.sin_addr.s_addr = htonl(address);
  if (bind(fd, reinterpret_cast<const sockaddr *>(&local), sizeof local) != 0)
    die("bind");
}

std::uint16_t port_of(int fd) {
  sockaddr_in local{};
  socklen_t length = sizeof local;
  if (getsockname(fd, reinterpret_cast<sockaddr *>(&local), &length) != 0)
    die("getsockname");
  return ntohs(local.sin_port);
}

void raise_limit() {
  rlimit files{};
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
}

int listen_mode(int processes, int listeners) {
  raise_limit();
  std::array<int, 2> ready{};
  if (pipe(ready.data()) != 0)
    die("pipe");
  for (int process = 0; process < processes; ++process) {
    const pid_t child = fork();
    if (child < 0)
      die("fork");
    if (child == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      close(ready[0]);
      const auto address = INADDR_LOOPBACK + static_cast<std::uint32_t>(process / 500);
      for (int listener = 0; listener < listeners; ++listener) {
        const int fd = tcp_socket();
        bind_to(fd, address);
        if (listen(fd, 16) != 0)
          die("listen");
      }
      const char byte = 'r';
      if (write(ready[1], &byte, 1) != 1)
        die("write");
      for (;;)
        pause();
    }
  }
  close(ready[1]);
  std::array<char, 512> bytes{};
  for (int seen = 0; seen < processes;) {
    const ssize_t count = read(ready[0], bytes.data(), bytes.size());
    if (count <= 0)
      die("a child ended");
    seen += static_cast<int>(count);
  }
  std::puts("ready");
  std::fflush(stdout);
  char byte = 0;
  while (read(STDIN_FILENO, &byte, 1) > 0) {
  }
  return 0;
}

int bind_mode(int count, int interval_us) {
  for (int done = 0; done < count; ++done) {
    const int fd = tcp_socket();
    bind_to(fd, INADDR_LOOPBACK);
    const std::uint64_t boot = now_ns(CLOCK_BOOTTIME);
    const std::uint64_t wall = now_ns(CLOCK_REALTIME);
    std::printf("%u %llu %llu\n", port_of(fd), static_cast<unsigned long long>(boot),
                static_cast<unsigned long long>(wall));
    std::fflush(stdout);
    usleep(static_cast<useconds_t>(interval_us));
    close(fd);
  }
  return 0;
}

struct lived {
  std::uint64_t cookie;
  std::array<std::uint64_t, 4> times; // before and after bind(), before and after close()
};

std::uint64_t cookie_of(int fd) {
  std::uint64_t cookie = 0;
  socklen_t length = sizeof cookie;
  if (getsockopt(fd, SOL_SOCKET, SO_COOKIE, &cookie, &length) != 0)
    die("SO_COOKIE");
  return cookie;
}

// One thread of churn. Paced in slices of a millisecond: a thread that was held up catches up.
void churn(int count, double a_second, std::uint64_t begin, std::vector<lived> *record) {
  for (int done = 0; done < count; ++done) {
    if (a_second > 0) {
      const auto due = static_cast<std::uint64_t>(done / a_second * 1000) * 1'000'000 + begin;
      const timespec until{static_cast<time_t>(due / 1'000'000'000U),
                           static_cast<long>(due % 1'000'000'000U)};
      if (now_ns(CLOCK_MONOTONIC) < due)
        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, nullptr);
    }
    const int fd = tcp_socket();
    if (record == nullptr) {
      bind_to(fd, INADDR_LOOPBACK);
      close(fd);
      continue;
    }
    lived socket{cookie_of(fd), {}};
    socket.times[0] = now_ns(CLOCK_BOOTTIME);
    bind_to(fd, INADDR_LOOPBACK);
    socket.times[1] = now_ns(CLOCK_BOOTTIME);
    socket.times[2] = now_ns(CLOCK_BOOTTIME);
    close(fd);
    socket.times[3] = now_ns(CLOCK_BOOTTIME);
    record->push_back(socket);
  }
}

void write_lived(const char *path, const std::vector<std::vector<lived>> &records) {
  std::FILE *file = std::fopen(path, "w");
  if (file == nullptr)
    die(path);
  for (const auto &record : records)
    for (const lived &socket : record) {
      std::fprintf(file, "%llu", static_cast<unsigned long long>(socket.cookie));
      for (const std::uint64_t time : socket.times)
        std::fprintf(file, " %llu", static_cast<unsigned long long>(time));
      std::fputc('\n', file);
    }
  if (std::fclose(file) != 0)
    die(path);
}

int churn_mode(int threads, int count, int rate, const char *path) {
  std::vector<std::vector<lived>> records(static_cast<std::size_t>(threads));
  std::vector<int> shares;
  std::vector<std::thread> running;
  const std::uint64_t begin = now_ns(CLOCK_MONOTONIC);
  for (int thread = 0; thread < threads; ++thread) {
    const int share = count / threads + (thread < count % threads ? 1 : 0);
    std::vector<lived> *record =
        path == nullptr ? nullptr : &records[static_cast<std::size_t>(thread)];
    if (record != nullptr)
      record->reserve(static_cast<std::size_t>(share));
    shares.push_back(share);
    running.emplace_back(churn, share, static_cast<double>(rate) / threads, begin, record);
  }
  for (std::thread &thread : running)
    thread.join();
  const double seconds = static_cast<double>(now_ns(CLOCK_MONOTONIC) - begin) / 1e9;
  if (path != nullptr)
    write_lived(path, records);
  std::string done;
  for (const int share : shares)
    done += (done.empty() ? "" : ",") + std::to_string(share);
  std::printf("{\"done\":[%s],\"seconds\":%.6f}\n", done.c_str(), seconds);
  return 0;
}

int number(const char *text) {
  char *end = nullptr;
  const long value = std::strtol(text, &end, 10);
  if (*text == '\0' || *end != '\0' || value < 0 || value > 1'000'000) {
    std::fprintf(stderr, "load: \"%s\" is not a number from 0 to 1000000\n", text);
    std::exit(2);
  }
  return static_cast<int>(value);
}

} // namespace

int main(int argc, char **argv) {
  if (argc == 4 && std::string(argv[1]) == "listen")
    return listen_mode(number(argv[2]), number(argv[3]));
  if (argc == 4 && std::string(argv[1]) == "bind")
    return bind_mode(number(argv[2]), number(argv[3]));
  if ((argc == 5 || argc == 6) && std::string(argv[1]) == "churn" && number(argv[2]) > 0)
    return churn_mode(number(argv[2]), number(argv[3]), number(argv[4]),
                      argc == 6 ? argv[5] : nullptr);
  std::fprintf(stderr, "usage: load listen PROCESSES LISTENERS | load bind COUNT INTERVAL_US |\n"
                       "       load churn THREADS COUNT RATE [FILE]\n");
  return 2;
}
