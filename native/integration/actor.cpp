// SPDX-License-Identifier: Apache-2.0
//
// Does with sockets what it is told on standard input, one command a line, and answers each with
// one line of JSON. Node hides too much for this: it sets SO_REUSEADDR and binds and listens in
// one.
//
//   open NAME tcp|udp 4|6 [reuseaddr]     bind NAME ADDRESS PORT     listen NAME     close NAME
//   become UID     fork     exec PROGRAM ARGUMENT…     burst COUNT (binds and closes that often)
//
// Answers carry errno (0 for success) and, where there is a socket, port, cookie and inode.
#include <arpa/inet.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <iostream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

namespace {

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

} // namespace

int main() {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
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
      std::cout << "{\"errno\":0,\"pid\":" << child << "}" << std::endl;
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
