// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <optional>
#include <string>
#include <vector>

#include "helper/listener.h"
#include "helper/options.h"
#include "helper/peer.h"
#include "helper/worker.h"

namespace {

using namespace bindscope::helper;

constexpr int systemd_fd = 3; // SD_LISTEN_FDS_START

std::optional<unsigned long> environment_number(const char *name) {
  const char *text = std::getenv(name);
  if (text == nullptr || *text == '\0')
    return std::nullopt;
  char *end = nullptr;
  const unsigned long number = std::strtoul(text, &end, 10);
  return *end == '\0' ? std::optional(number) : std::nullopt;
}

[[noreturn]] void serve_stdin(const options &settings, std::optional<uid_t> asked_pkexec) {
  if (const std::string why = why_no_peer(0); !why.empty())
    throw usage_error(
        "--stdin serves the unix socket that Bindscope passes as standard input, but " + why);
  ::close_range(3, ~0U, 0);
  std::optional<uid_t> expected = asked_pkexec;
  if (!expected)
    expected = settings.peer_uid;
  serve(0, expected.value_or(::getuid()), settings);
}

[[noreturn]] void serve_systemd(const options &settings) {
  if (environment_number("LISTEN_PID") != static_cast<unsigned long>(::getpid()) ||
      environment_number("LISTEN_FDS") != 1UL)
    throw usage_error(
        "--systemd is for a service whose socket unit says Accept=yes: LISTEN_PID and "
        "LISTEN_FDS do not pass one socket to this process");
  if (const std::string why = why_no_peer(systemd_fd); !why.empty())
    throw usage_error("--systemd serves the socket that systemd passes, but " + why);
  ::dup2(systemd_fd, 0);
  ::close_range(3, ~0U, 0);
  // Who may connect is the socket unit's to say (SocketUser, SocketGroup, SocketMode).
  serve(0, std::nullopt, settings);
}

int run(const std::vector<std::string> &arguments) {
  const options settings = parse_options(arguments);
  std::optional<uid_t> asked_pkexec;
  if (const auto uid = environment_number("PKEXEC_UID"); uid && ::geteuid() == 0)
    asked_pkexec = static_cast<uid_t>(*uid);
  // What an ordinary user may have run as root must not write files, name its own peer or keep a
  // capability that the kernel does not want.
  if (asked_pkexec &&
      (settings.mode == mode::listen || settings.peer_uid || settings.serve_iterators))
    throw usage_error("under pkexec only --stdin is allowed, for the user that asked");

  switch (settings.mode) {
  case mode::serve_stdin:
    serve_stdin(settings, asked_pkexec);
  case mode::serve_systemd:
    serve_systemd(settings);
  case mode::listen:
    return run_listener(settings);
  case mode::version:
    std::puts("bindscope-helper " BINDSCOPE_VERSION);
    return 0;
  case mode::help:
    std::fputs(usage().c_str(), stdout);
    return 0;
  }
  return 2;
}

} // namespace

int main(int argc, char **argv) {
  // A missing standard descriptor would be taken by the next one opened.
  for (int fd = 0; fd <= 2; fd++)
    if (::fcntl(fd, F_GETFD) < 0 && ::open("/dev/null", O_RDWR) < 0)
      return 1;
  try {
    return run({argv + 1, argv + argc});
  } catch (const usage_error &error) {
    std::fprintf(stderr, "bindscope-helper: %s. See bindscope-helper --help.\n", error.what());
    return 2;
  } catch (const std::exception &error) {
    std::fprintf(stderr, "bindscope-helper: %s\n", error.what());
    return 1;
  }
}
