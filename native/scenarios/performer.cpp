// SPDX-License-Identifier: Apache-2.0
#include "performer.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>

#include "core/proc_fs.h"
#include "core/unique_fd.h"

namespace bindscope::scenarios {

namespace {

template <std::size_t size> void copy_text(char (&to)[size], const std::string &text) {
  const std::size_t length = std::min(text.size(), size - 1);
  std::memcpy(to, text.data(), length);
  to[length] = '\0';
}

std::uint32_t own_netns() {
  const core::unique_fd self(::open("/proc/thread-self", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  return core::read_netns(self.get());
}

// The next number of a file that holds it.
std::uint32_t take_number(int file) {
  std::uint32_t number = 0;
  if (::pread(file, &number, sizeof(number), 0) != sizeof(number))
    throw_errno("a performer's number");
  const std::uint32_t next = number + 1;
  if (::pwrite(file, &next, sizeof(next), 0) != sizeof(next))
    throw_errno("a performer's number");
  return number;
}

int option_of(int fd, int option) {
  int value = 0;
  socklen_t length = sizeof(value);
  if (::getsockopt(fd, SOL_SOCKET, option, &value, &length) != 0)
    throw_errno("getsockopt");
  return value;
}

// Records call a socket of MPTCP by its subflows' protocol.
std::uint8_t told_protocol(int protocol) {
  return static_cast<std::uint8_t>(protocol == IPPROTO_MPTCP ? IPPROTO_TCP : protocol);
}

} // namespace

void throw_errno(const char *what) {
  throw std::system_error(errno, std::generic_category(), what);
}

std::uint16_t socket_address::port() const {
  return ntohs(bytes.ss_family == AF_INET
                   ? reinterpret_cast<const sockaddr_in *>(&bytes)->sin_port
                   : reinterpret_cast<const sockaddr_in6 *>(&bytes)->sin6_port);
}

std::array<std::uint8_t, 16> socket_address::address() const {
  std::array<std::uint8_t, 16> found{};
  if (bytes.ss_family == AF_INET)
    std::memcpy(found.data(), &reinterpret_cast<const sockaddr_in *>(&bytes)->sin_addr, 4);
  else
    std::memcpy(found.data(), &reinterpret_cast<const sockaddr_in6 *>(&bytes)->sin6_addr, 16);
  return found;
}

socket_address make_address(int family, const char *address, std::uint16_t port) {
  socket_address made;
  made.bytes.ss_family = static_cast<sa_family_t>(family);
  if (family == AF_INET) {
    auto *v4 = reinterpret_cast<sockaddr_in *>(&made.bytes);
    v4->sin_port = htons(port);
    ::inet_pton(family, address, &v4->sin_addr);
    made.length = sizeof(*v4);
  } else {
    auto *v6 = reinterpret_cast<sockaddr_in6 *>(&made.bytes);
    v6->sin6_port = htons(port);
    ::inet_pton(family, address, &v6->sin6_addr);
    made.length = sizeof(*v6);
  }
  return made;
}

socket_address local_address(int fd) {
  socket_address found;
  found.length = sizeof(found.bytes);
  if (::getsockname(fd, reinterpret_cast<sockaddr *>(&found.bytes), &found.length) != 0)
    throw_errno("getsockname");
  return found;
}

int out_of_the_way(int fd) {
  constexpr int first_free = 100;
  const int moved = ::fcntl(fd, F_DUPFD_CLOEXEC, first_free);
  if (moved < 0)
    throw_errno("a descriptor");
  ::close(fd);
  return moved;
}

gate::gate() : fd_(out_of_the_way(::eventfd(0, EFD_SEMAPHORE | EFD_CLOEXEC))) {}

void gate::open() const {
  ::eventfd_write(fd_, 1);
}

void gate::wait() const {
  eventfd_t count = 0;
  while (::eventfd_read(fd_, &count) != 0)
    if (errno != EINTR)
      throw_errno("a gate");
}

void gate::inherit() const {
  ::fcntl(fd_, F_SETFD, 0);
}

void gate::close() {
  ::close(fd_);
}

report performer::make(report::kind what) const {
  report one{};
  one.what = what;
  one.performer = id_;
  return one;
}

void performer::send(report &&one) const {
  if (::send(line_.reports, &one, sizeof(one), MSG_NOSIGNAL) != sizeof(one))
    throw_errno("the line to the stage");
}

int performer::socket(const endpoint &where, int protocol) {
  const int fd = ::socket(where.family, where.type, protocol);
  if (fd < 0)
    throw_errno("socket");
  if (where.family == AF_INET6)
    set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, where.v6_only ? 1 : 0);
  return fd;
}

int performer::bind(int fd, const socket_address &address) {
  return bind(fd, address,
              [&] { return ::bind(fd, address.get(), address.length) == 0 ? 0 : errno; });
}

int performer::bind(int fd, const socket_address &address, const std::function<int()> &call) {
  const int error = call();
  report asked = make(report::kind::attempts);
  asked.socket.family = static_cast<std::uint16_t>(option_of(fd, SO_DOMAIN));
  asked.socket.protocol = told_protocol(option_of(fd, SO_PROTOCOL));
  asked.socket.port = address.port();
  asked.socket.address = address.address();
  asked.socket.netns = own_netns();
  report refused = asked;
  send(std::move(asked));
  if (error != 0) {
    refused.what = report::kind::refused;
    refused.value = error;
    send(std::move(refused));
  }
  return error;
}

int performer::bind(int fd, const endpoint &where, std::uint16_t port) {
  return bind(fd, make_address(where.family, where.address, port));
}

void performer::must_bind(int fd, const endpoint &where, std::uint16_t port) {
  errno = bind(fd, where, port);
  if (errno != 0)
    throw_errno("bind");
}

void performer::must_listen(int fd) {
  if (::listen(fd, 8) != 0)
    throw_errno("listen");
}

void performer::set_option(int fd, int level, int option, int value) {
  if (::setsockopt(fd, level, option, &value, sizeof(value)) != 0)
    throw_errno("setsockopt");
}

void performer::knows(const std::string &name, int fd) {
  report one = make(report::kind::knows);
  const socket_address address = local_address(fd);
  socklen_t length = sizeof(one.socket.cookie);
  struct stat file {};
  if (::getsockopt(fd, SOL_SOCKET, SO_COOKIE, &one.socket.cookie, &length) != 0 ||
      ::fstat(fd, &file) != 0)
    throw_errno("a socket's cookie and inode");
  one.socket.inode = file.st_ino;
  one.socket.netns = own_netns();
  one.socket.family = static_cast<std::uint16_t>(option_of(fd, SO_DOMAIN));
  one.socket.protocol = told_protocol(option_of(fd, SO_PROTOCOL));
  one.socket.port = address.port();
  one.socket.address = address.address();
  copy_text(one.name, name);
  send(std::move(one));
}

void performer::reached(const std::string &step) {
  report one = make(report::kind::reached);
  copy_text(one.name, step);
  send(std::move(one));
}

void performer::introduce() {
  send(make(report::kind::introduced));
  gate(line_.acknowledged).wait();
}

pid_t performer::fork(const script &play, pid_t pid) {
  const std::uint32_t id = take_number(line_.next_performer);

  gate told;
  clone_args how{};
  how.exit_signal = SIGCHLD;
  how.set_tid = reinterpret_cast<std::uintptr_t>(&pid);
  how.set_tid_size = 1;
  const pid_t child =
      pid == 0 ? ::fork() : static_cast<pid_t>(::syscall(SYS_clone3, &how, sizeof(how)));
  if (child < 0)
    throw_errno("fork");
  if (child == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    performer self(line_, id);
    told.wait();
    self.run(play);
  }
  report born = make(report::kind::born);
  born.performer = id;
  born.value = child;
  send(std::move(born));
  told.open();
  told.close();
  children_.emplace_back(child, id);
  return child;
}

void performer::wait_for(pid_t child) {
  int status = 0;
  if (::waitpid(child, &status, 0) != child)
    throw_errno("waitpid");
  for (const auto &[pid, id] : children_)
    if (pid == child) {
      report ended = make(report::kind::ended);
      ended.performer = id;
      ended.value = status;
      send(std::move(ended));
    }
  children_.erase(std::remove_if(children_.begin(), children_.end(),
                                 [&](const auto &one) { return one.first == child; }),
                  children_.end());
}

void performer::become(const std::string &program, const std::string &role,
                       const std::vector<std::string> &words) {
  for (const int fd : {line_.reports, line_.acknowledged, line_.next_performer})
    ::fcntl(fd, F_SETFD, 0);
  std::vector<std::string> command = {program,
                                      "act",
                                      role,
                                      std::to_string(line_.reports),
                                      std::to_string(line_.acknowledged),
                                      std::to_string(line_.next_performer),
                                      std::to_string(id_)};
  command.insert(command.end(), words.begin(), words.end());
  std::vector<char *> pointers;
  for (std::string &word : command)
    pointers.push_back(word.data());
  pointers.push_back(nullptr);
  ::execv(program.c_str(), pointers.data());
  throw_errno("exec");
}

void performer::run(const script &play) {
  const auto complain = [this](report::kind what, const char *words) {
    report one = make(what);
    copy_text(one.words, words);
    ::send(line_.reports, &one, sizeof(one), MSG_NOSIGNAL);
    ::_exit(1);
  };
  try {
    introduce();
    play(*this);
  } catch (const not_supported &lack) {
    complain(report::kind::unsupported, lack.what());
  } catch (const std::exception &error) {
    complain(report::kind::failed, error.what());
  }
  ::_exit(0);
}

} // namespace bindscope::scenarios
