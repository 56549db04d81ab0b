// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <stdexcept>
#include <string>

#include "helper/listening_socket.h"

using namespace bindscope::helper;

namespace {

class temporary_folder {
public:
  temporary_folder() {
    REQUIRE(::mkdtemp(path_) != nullptr);
    REQUIRE(::chmod(path_, 0755) == 0);
  }
  ~temporary_folder() {
    ::unlink(socket().c_str());
    ::rmdir(path_);
  }
  const char *path() const { return path_; }
  std::string socket() const { return std::string(path_) + "/s.sock"; }

private:
  char path_[32] = "/tmp/bindscope-socket-XXXXXX";
};

std::string complaint(const std::string &path, uid_t peer) {
  try {
    const listening_socket socket(path, peer);
    return "none";
  } catch (const std::runtime_error &error) {
    return error.what();
  }
}

struct stat file_at(const std::string &path) {
  struct stat found {};
  REQUIRE(::lstat(path.c_str(), &found) == 0);
  return found;
}

} // namespace

TEST_CASE("the socket is for its peer alone and is removed in the end") {
  const temporary_folder folder;
  {
    const listening_socket socket(folder.socket(), ::getuid());
    const struct stat file = file_at(folder.socket());
    CHECK(S_ISSOCK(file.st_mode));
    CHECK((file.st_mode & 0777) == 0600);
    CHECK(file.st_uid == ::getuid());
  }
  CHECK(::access(folder.socket().c_str(), F_OK) != 0);
}

TEST_CASE("root gives the socket to its peer, in a folder of its own or of the peer") {
  if (::geteuid() != 0) {
    MESSAGE("skipped: needs root");
    return;
  }
  constexpr uid_t peer = 12345;
  for (const bool own_folder : {true, false}) {
    CAPTURE(own_folder);
    const temporary_folder folder;
    if (!own_folder)
      REQUIRE(::chown(folder.path(), peer, peer) == 0);
    {
      const listening_socket socket(folder.socket(), peer);
      CHECK(file_at(folder.socket()).st_uid == peer);
      CHECK(::geteuid() == 0);
    }
    CHECK(::access(folder.socket().c_str(), F_OK) != 0);
    REQUIRE(::chown(folder.path(), 0, 0) == 0);
  }
}

TEST_CASE("a socket that was left is replaced, anything else is not") {
  const temporary_folder folder;
  {
    const int left = ::socket(AF_UNIX, SOCK_STREAM, 0);
    struct sockaddr_storage address {};
    address.ss_family = AF_UNIX;
    folder.socket().copy(reinterpret_cast<char *>(&address) + sizeof(sa_family_t), 100);
    REQUIRE(::bind(left, reinterpret_cast<sockaddr *>(&address), 110) == 0);
    ::close(left);
  }
  CHECK(complaint(folder.socket(), ::getuid()) == "none");
  std::ofstream(folder.socket()) << "precious";
  CHECK(complaint(folder.socket(), ::getuid()).find("is not a socket") != std::string::npos);
  CHECK(S_ISREG(file_at(folder.socket()).st_mode));
}

TEST_CASE("a folder that others may write to is refused") {
  const temporary_folder folder;
  REQUIRE(::chmod(folder.path(), 0775) == 0);
  CHECK(complaint(folder.socket(), ::getuid()).find("writable by others") != std::string::npos);
}

TEST_CASE("a folder that is missing, a link, or a stranger's is refused") {
  const temporary_folder folder;
  CHECK(complaint(std::string(folder.path()) + "/missing/s.sock", ::getuid())
            .find("cannot be opened") != std::string::npos);
  const std::string link = std::string(folder.path()) + "/link";
  REQUIRE(::symlink("/run", link.c_str()) == 0);
  CHECK(complaint(link + "/s.sock", ::getuid()).find("cannot be opened") != std::string::npos);
  ::unlink(link.c_str());
  if (::geteuid() == 0) {
    REQUIRE(::chown(folder.path(), 12345, 12345) == 0);
    CHECK(complaint(folder.socket(), 23456).find("belongs to user 12345") != std::string::npos);
    REQUIRE(::chown(folder.path(), 0, 0) == 0);
  }
}
