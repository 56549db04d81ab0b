// SPDX-License-Identifier: Apache-2.0
//
// Does with sockets what it is told on standard input, one command a line, and answers each with
// one line of JSON. Node hides too much for this: it sets SO_REUSEADDR and binds and listens in
// one.
//
//   open NAME tcp|udp 4|6 [reuseaddr]     bind NAME ADDRESS PORT     listen NAME     close NAME
//   become UID     fork     exec PROGRAM ARGUMENT…     burst COUNT (binds and closes that often)
//   send NAME (puts the descriptor into flight over a unix socket and closes it)     receive NAME
//   churn COUNT (binds, listens and closes that often, over several sockets at a time)
//   many COUNT (listens at that many ports)     zombie (a child that has ended)
//   leaderless (a child whose main thread has ended while another runs)
//
// Answers carry errno (0 for success) and, where there is a socket, port, cookie and inode.
#include <arpa/inet.h>
#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <iostream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "../scenarios/descriptor_passing.h"

namespace {

using bindscope::scenarios::receive_descriptor;
using bindscope::scenarios::send_descriptor;

struct opened {
  int fd;
  int family;
};

sockaddr_storage make_address(int family, const std::string &text, std::uint16_t port) {
  sockaddr_storage address{};
  address.ss_family = static_cast<sa_family_t>(family);
  if (family == AF_INET) {
    auto *v4 = reinterpret_cast<sockaddr_in *>(&address);
    v4->sin_port = htons(port);
    ::inet_pton(family, text.c_str(), &v4->sin_addr);
  } else {
    auto *v6 = reinterpret_cast<sockaddr_in6 *>(&address);
    v6->sin6_port = htons(port);
    ::inet_pton(family, text.c_str(), &v6->sin6_addr);
  }
  return address;
}

void answer(int error) {
  std::cout << "{\"errno\":" << error << "}" << std::endl;
}

void answer(int error, const opened &socket) {
  sockaddr_storage address{};
  socklen_t length = sizeof(address);
  ::getsockname(socket.fd, reinterpret_cast<sockaddr *>(&address), &length);
  const std::uint16_t port =
      ntohs(address.ss_family == AF_INET ? reinterpret_cast<sockaddr_in *>(&address)->sin_port
                                         : reinterpret_cast<sockaddr_in6 *>(&address)->sin6_port);
  std::uint64_t cookie = 0;
  length = sizeof(cookie);
  ::getsockopt(socket.fd, SOL_SOCKET, SO_COOKIE, &cookie, &length);
  struct stat file {};
  ::fstat(socket.fd, &file);
  std::cout << "{\"errno\":" << error << ",\"port\":" << port << ",\"cookie\":\"" << cookie
            << "\",\"inode\":\"" << file.st_ino << "\"}" << std::endl;
}

int error_of(int result) {
  return result < 0 ? errno : 0;
}

// A listener on a port of the kernel's choice; -1 and errno where there can be none.
int make_listener() {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_storage address = make_address(AF_INET, "127.0.0.1", 0);
  if (fd >= 0 &&
      (::bind(fd, reinterpret_cast<const sockaddr *>(&address), sizeof(sockaddr_in)) != 0 ||
       ::listen(fd, 1) != 0))
    return -1;
  return fd;
}

void *wait_for_ever(void *) {
  for (;;)
    ::pause();
}

void answer_child(pid_t child) {
  std::cout << "{\"errno\":0,\"pid\":" << child << "}" << std::endl;
}

} // namespace

int main() {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  const rlimit room{65'536, 65'536};
  ::setrlimit(RLIMIT_NOFILE, &room);
  int channel[2];
  if (::socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, channel) != 0)
    return 1;
  std::map<std::string, opened> sockets;
  std::string line;
  while (std::getline(std::cin, line)) {
    std::istringstream words(line);
    std::string command, name;
    words >> command >> name;
    if (command == "open") {
      std::string transport, family, option;
      words >> transport >> family >> option;
      opened socket{-1, family == "4" ? AF_INET : AF_INET6};
      socket.fd = ::socket(socket.family, transport == "tcp" ? SOCK_STREAM : SOCK_DGRAM, 0);
      const int error = error_of(socket.fd);
      const int on = 1;
      if (option == "reuseaddr")
        ::setsockopt(socket.fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
      sockets[name] = socket;
      answer(error);
    } else if (command == "bind") {
      std::string text;
      std::uint16_t port = 0;
      words >> text >> port;
      const opened &socket = sockets.at(name);
      const sockaddr_storage address = make_address(socket.family, text, port);
      const socklen_t length =
          socket.family == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6);
      const int error =
          error_of(::bind(socket.fd, reinterpret_cast<const sockaddr *>(&address), length));
      answer(error, socket);
    } else if (command == "listen") {
      const opened &socket = sockets.at(name);
      const int error = error_of(::listen(socket.fd, 8));
      answer(error, socket);
    } else if (command == "close") {
      answer(error_of(::close(sockets.at(name).fd)));
      sockets.erase(name);
    } else if (command == "become") {
      const auto uid = static_cast<uid_t>(std::stoul(name));
      answer(error_of(::setresuid(uid, uid, uid)));
    } else if (command == "fork") {
      const pid_t child = ::fork();
      if (child == 0) {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        for (;;)
          ::pause();
      }
      answer_child(child);
    } else if (command == "zombie") {
      const pid_t child = ::fork();
      if (child == 0)
        ::_exit(0);
      siginfo_t ended{};
      ::waitid(P_PID, static_cast<id_t>(child), &ended, WEXITED | WNOWAIT);
      answer_child(child);
    } else if (command == "leaderless") {
      const pid_t child = ::fork();
      if (child == 0) {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        pthread_t thread;
        ::pthread_create(&thread, nullptr, wait_for_ever, nullptr);
        ::pthread_exit(nullptr);
      }
      answer_child(child);
    } else if (command == "send") {
      const int fd = sockets.at(name).fd;
      const int error = send_descriptor(channel[0], fd) ? 0 : errno;
      ::close(fd);
      sockets.erase(name);
      answer(error);
    } else if (command == "receive") {
      sockets[name] = {receive_descriptor(channel[1]), AF_INET};
      answer(error_of(sockets[name].fd), sockets[name]);
    } else if (command == "many") {
      int error = 0;
      for (int left = std::stoi(name); left > 0 && error == 0; left--)
        error = error_of(make_listener());
      answer(error);
    } else if (command == "churn") {
      int error = 0;
      std::array<int, 64> open;
      open.fill(-1);
      for (std::size_t left = std::stoul(name); left > 0 && error == 0; left--) {
        int &fd = open[left % open.size()];
        ::close(fd);
        fd = make_listener();
        error = error_of(fd);
      }
      for (const int fd : open)
        ::close(fd);
      answer(error);
    } else if (command == "burst") {
      int error = 0;
      for (int left = std::stoi(name); left > 0 && error == 0; left--) {
        const int fd = ::socket(AF_INET, SOCK_DGRAM, 0);
        const sockaddr_storage address = make_address(AF_INET, "127.0.0.1", 0);
        error =
            error_of(::bind(fd, reinterpret_cast<const sockaddr *>(&address), sizeof(sockaddr_in)));
        ::close(fd);
      }
      answer(error);
    } else if (command == "exec") {
      std::vector<std::string> arguments{name};
      for (std::string word; words >> word;)
        arguments.push_back(word);
      std::vector<char *> pointers;
      for (std::string &argument : arguments)
        pointers.push_back(argument.data());
      pointers.push_back(nullptr);
      ::execv(name.c_str(), pointers.data());
      answer(errno);
    }
  }
  return 3; // a status to be told by the exit event
}
