// SPDX-License-Identifier: Apache-2.0
#include "core/helper_client.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <system_error>

namespace bindscope::core {

namespace {

using kind = helper_failure::kind;
using std::chrono::milliseconds;

// polkit may be waiting for a person who looks for a password.
constexpr milliseconds spawn_patience = std::chrono::minutes(5);
constexpr milliseconds exit_patience = std::chrono::seconds(2);

// pkexec(1).
constexpr int pkexec_dismissed = 126;
constexpr int pkexec_not_authorised = 127;

std::string words_of(int error) {
  return std::generic_category().message(error);
}

bool trusted(uid_t uid) {
  return uid == 0 || uid == ::geteuid();
}

std::string untrusted(const std::string &path, uid_t uid) {
  return path + " belongs to user " + std::to_string(uid) +
         ", neither root nor you: it is not trusted.";
}

// True when the socket is readable, false when `stop` is or the time is over.
bool await_message(int socket, int stop, milliseconds patience) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  pollfd watched[] = {{socket, POLLIN, 0}, {stop, POLLIN, 0}};
  for (;;) {
    const auto left =
        std::chrono::duration_cast<milliseconds>(deadline - std::chrono::steady_clock::now());
    if (left.count() <= 0)
      return false;
    if (::poll(watched, 2, static_cast<int>(left.count())) < 0 && errno != EINTR)
      return false;
    if (watched[1].revents != 0)
      return false;
    if (watched[0].revents != 0)
      return true;
  }
}

received_handoff await_handoff(int socket, int stop, milliseconds patience) {
  if (!await_message(socket, stop, patience))
    throw helper_failure(kind::unreachable, "The helper did not answer in time.");
  return receive_handoff(socket);
}

// Why a child ended without a word.
helper_failure explain_exit(child_process &child, const std::string &program) {
  const std::optional<int> status = child.wait(exit_patience);
  std::string said = child.printed();
  const bool by_polkit =
      program == "pkexec" ||
      (program.size() > 7 && program.compare(program.size() - 7, 7, "/pkexec") == 0);
  if (by_polkit && status == pkexec_dismissed)
    return {kind::declined, "The request for full visibility was dismissed."};
  if (by_polkit && status == pkexec_not_authorised) {
    if (said.find("No authentication agent") != std::string::npos)
      return {kind::unreachable,
              "polkit has nobody to ask: no authentication agent runs in this session."};
    if (said.find("Not authorized") != std::string::npos)
      return {kind::declined, "polkit did not authorise full visibility for you."};
    return {kind::unreachable,
            "pkexec could not start the helper" + (said.empty() ? std::string(".") : ": " + said)};
  }
  std::string words = "The helper ended without a word";
  if (status)
    words += " (exit status " + std::to_string(*status) + ")";
  return {kind::unreachable, words + (said.empty() ? std::string(".") : ": " + said)};
}

helper_connection spawn(const spawned_helper &helper, int stop) {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
    throw helper_failure(kind::unreachable, "No socket for the helper: " + words_of(errno) + ".");
  unique_fd ours(ends[0]);
  unique_fd theirs(ends[1]);
  helper_connection connection;
  try {
    connection.child.emplace(helper.command, std::move(theirs));
  } catch (const std::system_error &error) {
    throw helper_failure(kind::unreachable, helper.command.front() + " cannot be started: " +
                                                error.code().message() + ".");
  }
  connection.socket = std::move(ours);
  try {
    connection.handoff = await_handoff(connection.socket.get(), stop, spawn_patience);
  } catch (const helper_failure &failure) {
    pollfd stopped{stop, POLLIN, 0};
    if (failure.why != kind::unreachable || ::poll(&stopped, 1, 0) > 0)
      throw;
    throw explain_exit(*connection.child, helper.command.front());
  }
  return connection;
}

} // namespace

unique_fd connect_to_helper(const std::string &path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof(address.sun_path))
    throw helper_failure(kind::unreachable,
                         "The helper's socket path is empty or too long: " + path);
  std::memcpy(address.sun_path, path.c_str(), path.size());

  struct stat file {};
  if (::lstat(path.c_str(), &file) != 0)
    throw helper_failure(kind::unreachable,
                         "No helper listens at " + path + ": " + words_of(errno) + ".");
  if (!S_ISSOCK(file.st_mode))
    throw helper_failure(kind::unreachable, path + " is not a socket.");
  if (!trusted(file.st_uid))
    throw helper_failure(kind::unreachable, untrusted(path, file.st_uid));

  unique_fd socket(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
  if (!socket ||
      ::connect(socket.get(), reinterpret_cast<const sockaddr *>(&address), sizeof(address)) != 0)
    throw helper_failure(kind::unreachable,
                         "The helper at " + path + " cannot be reached: " + words_of(errno) + ".");

  // The path may have been replaced since it was looked at; the peer cannot be.
  ucred peer{};
  socklen_t length = sizeof(peer);
  if (::getsockopt(socket.get(), SOL_SOCKET, SO_PEERCRED, &peer, &length) != 0 ||
      !trusted(peer.uid))
    throw helper_failure(kind::unreachable, untrusted(path, peer.uid));
  return socket;
}

helper_connection reach_helper(const helper_address &address, int stop) {
  if (const auto *spawned = std::get_if<spawned_helper>(&address))
    return spawn(*spawned, stop);
  helper_connection connection;
  const auto &[path, patience] = std::get<listening_helper>(address);
  connection.socket = connect_to_helper(path);
  connection.handoff = await_handoff(connection.socket.get(), stop, patience);
  return connection;
}

} // namespace bindscope::core
