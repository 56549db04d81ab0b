// SPDX-License-Identifier: Apache-2.0
#include "helper/listener.h"

#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <exception>
#include <vector>

#include "core/unique_fd.h"
#include "helper/listening_socket.h"
#include "helper/peer.h"
#include "helper/worker.h"

namespace bindscope::helper {

namespace {

constexpr std::size_t most_peers = 8;

class listener {
public:
  explicit listener(const options &settings)
      : settings_(settings), socket_(settings.listen_path, *settings.peer_uid) {
    sigset_t watched;
    ::sigemptyset(&watched);
    for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGCHLD})
      ::sigaddset(&watched, signal);
    ::sigprocmask(SIG_BLOCK, &watched, &signals_before_);
    signals_.reset(::signalfd(-1, &watched, SFD_CLOEXEC | SFD_NONBLOCK));
  }

  ~listener() {
    for (const pid_t worker : workers_)
      ::kill(worker, SIGTERM);
  }

  listener(const listener &) = delete;
  listener &operator=(const listener &) = delete;

  void run() {
    bool stop = false;
    while (!stop) {
      std::array<pollfd, 3> watched = {{{socket_.fd(), POLLIN, 0},
                                        {signals_.get(), POLLIN, 0},
                                        {settings_.until_stdin_closes ? 0 : -1, POLLIN, 0}}};
      if (::poll(watched.data(), watched.size(), -1) < 0)
        continue;
      if (watched[1].revents != 0)
        stop = take_signals();
      if (watched[2].revents != 0)
        stop = stdin_closed() || stop;
      if (watched[0].revents != 0 && !stop)
        take_peer();
    }
  }

private:
  // True when one asks to end.
  bool take_signals() {
    bool stop = false;
    signalfd_siginfo signal{};
    while (::read(signals_.get(), &signal, sizeof(signal)) == sizeof(signal))
      stop = stop || signal.ssi_signo != SIGCHLD;
    int status = 0;
    for (pid_t ended; (ended = ::waitpid(-1, &status, WNOHANG)) > 0;)
      workers_.erase(std::remove(workers_.begin(), workers_.end(), ended), workers_.end());
    return stop;
  }

  // What is written there means nothing; only its end does.
  static bool stdin_closed() {
    char ignored[256];
    const ssize_t got = ::read(0, ignored, sizeof(ignored));
    return got == 0 || (got < 0 && errno != EINTR && errno != EAGAIN);
  }

  void take_peer() {
    core::unique_fd peer(::accept4(socket_.fd(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!peer)
      return;
    const uid_t uid = peer_uid(peer.get());
    if (uid != *settings_.peer_uid) {
      refuse(peer.get(), "The helper at " + settings_.listen_path + " serves user " +
                             std::to_string(*settings_.peer_uid) + ", not user " +
                             std::to_string(uid) + ".");
      return;
    }
    if (workers_.size() >= most_peers) {
      refuse(peer.get(), "The helper at " + settings_.listen_path + " serves " +
                             std::to_string(most_peers) + " peers already, which is the most.");
      return;
    }
    const pid_t worker = ::fork();
    if (worker < 0) {
      refuse(peer.get(), std::string("The helper cannot start a worker: ") + std::strerror(errno));
      return;
    }
    if (worker == 0)
      work(peer.get());
    workers_.push_back(worker);
  }

  // In the child: nothing of the listener's stays open, and the signals are as they were.
  [[noreturn]] void work(int peer) {
    ::sigprocmask(SIG_SETMASK, &signals_before_, nullptr);
    ::dup2(peer, 0);
    ::close_range(3, ~0U, 0);
    serve(0, settings_.peer_uid, settings_);
  }

  const options &settings_;
  listening_socket socket_;
  core::unique_fd signals_;
  sigset_t signals_before_{};
  std::vector<pid_t> workers_;
};

} // namespace

int run_listener(const options &settings) {
  try {
    listener listener(settings);
    listener.run();
    return 0;
  } catch (const std::exception &error) {
    std::fprintf(stderr, "bindscope-helper: %s\n", error.what());
    return 1;
  }
}

} // namespace bindscope::helper
