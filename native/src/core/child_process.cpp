// SPDX-License-Identifier: Apache-2.0
#include "core/child_process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <algorithm>
#include <cerrno>
#include <mutex>
#include <system_error>

extern char **environ;

namespace bindscope::core {

namespace {

constexpr std::chrono::milliseconds patience_at_end{200};
constexpr std::size_t most_bytes_printed = 2048;

// Children that nobody waits for: they end when they notice our hang-up, and some of them we may
// not signal (pkexec runs as root).
std::mutex stragglers_mutex;
std::vector<pid_t> stragglers;

void reap_stragglers() {
  const std::lock_guard<std::mutex> lock(stragglers_mutex);
  stragglers.erase(std::remove_if(stragglers.begin(), stragglers.end(),
                                  [](pid_t pid) { return ::waitpid(pid, nullptr, WNOHANG) != 0; }),
                   stragglers.end());
}

void check(int error, const char *what) {
  if (error != 0)
    throw std::system_error(error, std::generic_category(), what);
}

class spawn_settings {
public:
  spawn_settings() {
    check(::posix_spawn_file_actions_init(&actions), "cannot prepare a process");
    check(::posix_spawnattr_init(&attributes), "cannot prepare a process");
    // Node ignores SIGPIPE and blocks others in some threads; a new program starts as usual.
    sigset_t none, all;
    ::sigemptyset(&none);
    ::sigfillset(&all);
    ::posix_spawnattr_setsigmask(&attributes, &none);
    ::posix_spawnattr_setsigdefault(&attributes, &all);
    ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  }
  spawn_settings(const spawn_settings &) = delete;
  spawn_settings &operator=(const spawn_settings &) = delete;
  ~spawn_settings() {
    ::posix_spawn_file_actions_destroy(&actions);
    ::posix_spawnattr_destroy(&attributes);
  }

  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
};

} // namespace

child_process::child_process(const std::vector<std::string> &command, unique_fd input) {
  reap_stragglers();
  // A memory file takes any amount without blocking the child, and needs nobody to read it.
  output_.reset(::memfd_create("helper output", MFD_CLOEXEC));
  if (!output_)
    throw std::system_error(errno, std::generic_category(), "cannot keep what the helper prints");

  spawn_settings settings;
  check(::posix_spawn_file_actions_adddup2(&settings.actions, input.get(), STDIN_FILENO),
        "cannot prepare a process");
  for (const int target : {STDOUT_FILENO, STDERR_FILENO})
    check(::posix_spawn_file_actions_adddup2(&settings.actions, output_.get(), target),
          "cannot prepare a process");

  std::vector<char *> arguments;
  for (const std::string &argument : command)
    arguments.push_back(const_cast<char *>(argument.c_str()));
  arguments.push_back(nullptr);
  check(::posix_spawnp(&pid_, arguments[0], &settings.actions, &settings.attributes,
                       arguments.data(), environ),
        "cannot start the helper");
  // We have not reaped it, so the pid is still its own.
  pidfd_.reset(static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0)));
  if (!pidfd_) {
    const int error = errno;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    throw std::system_error(error, std::generic_category(), "cannot watch the helper");
  }
}

child_process::child_process(child_process &&other) noexcept
    : pid_(std::exchange(other.pid_, -1)), status_(other.status_), pidfd_(std::move(other.pidfd_)),
      output_(std::move(other.output_)) {}

child_process::~child_process() {
  if (pid_ < 0 || wait(std::chrono::milliseconds(0)))
    return;
  ::kill(pid_, SIGTERM);
  if (!wait(patience_at_end))
    leave();
}

void child_process::leave() {
  if (pid_ < 0)
    return;
  const std::lock_guard<std::mutex> lock(stragglers_mutex);
  stragglers.push_back(std::exchange(pid_, -1));
}

std::optional<int> child_process::wait(std::chrono::milliseconds patience) {
  if (pid_ < 0)
    return status_;
  pollfd ended{pidfd_.get(), POLLIN, 0};
  const auto deadline = std::chrono::steady_clock::now() + patience;
  for (;;) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        deadline - std::chrono::steady_clock::now());
    const int ready = ::poll(&ended, 1, std::max(0, static_cast<int>(left.count())));
    if (ready == 0)
      return std::nullopt;
    if (ready > 0)
      break;
  }
  int status = 0;
  if (::waitpid(pid_, &status, 0) == pid_)
    status_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  pid_ = -1;
  return status_;
}

std::string child_process::printed() const {
  const off_t length = ::lseek(output_.get(), 0, SEEK_END);
  if (length <= 0)
    return {};
  const auto size = std::min(static_cast<std::size_t>(length), most_bytes_printed);
  std::string text(size, '\0');
  const ssize_t got = ::pread(output_.get(), text.data(), size, length - static_cast<off_t>(size));
  text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string::npos)
    return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

} // namespace bindscope::core
