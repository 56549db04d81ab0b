// SPDX-License-Identifier: Apache-2.0
#include "helper/listening_socket.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <system_error>

namespace bindscope::helper {

namespace {

constexpr int backlog = 16;

[[noreturn]] void fail(const std::string &what, int error) {
  throw std::runtime_error(what + ": " + std::generic_category().message(error));
}

/*
 * In a folder of the peer's, everything is done with the peer's rights: it may swap names under our
 * hands, and must gain nothing by it.
 */
class as_user {
public:
  explicit as_user(uid_t uid) : before_(::geteuid()) {
    if (before_ != uid && ::seteuid(uid) != 0)
      fail("cannot act as user " + std::to_string(uid), errno);
  }
  ~as_user() {
    if (::geteuid() != before_ && ::seteuid(before_) != 0)
      ::_exit(1);
  }
  as_user(const as_user &) = delete;
  as_user &operator=(const as_user &) = delete;

private:
  uid_t before_;
};

} // namespace

listening_socket::listening_socket(const std::string &path, uid_t peer) {
  const auto slash = path.rfind('/');
  const std::string folder = slash == 0 ? "/" : path.substr(0, slash);
  name_ = path.substr(slash + 1);
  if (name_.empty())
    throw std::runtime_error(path + " is a folder: name the socket in it");

  folder_.reset(::open(folder.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  struct stat found {};
  if (!folder_ || ::fstat(folder_.get(), &found) != 0)
    fail("the folder " + folder + " cannot be opened", errno);
  folder_owner_ = found.st_uid;
  if (folder_owner_ != 0 && folder_owner_ != ::geteuid() && folder_owner_ != peer)
    throw std::runtime_error("the folder " + folder + " belongs to user " +
                             std::to_string(folder_owner_) + ", neither root nor user " +
                             std::to_string(peer));
  if ((found.st_mode & (S_IWGRP | S_IWOTH)) != 0)
    throw std::runtime_error("the folder " + folder +
                             " is writable by others: use one of mode 0755 or less");

  // The kernel resolves the path, so the folder is named by its descriptor: no race with a rename.
  const std::string bound = "/proc/self/fd/" + std::to_string(folder_.get()) + "/" + name_;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (bound.size() >= sizeof(address.sun_path))
    throw std::runtime_error("the name " + name_ + " is too long for a socket");
  std::memcpy(address.sun_path, bound.c_str(), bound.size());

  core::unique_fd socket(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket)
    fail("no socket", errno);
  {
    const as_user owner(folder_owner_ == peer ? peer : ::geteuid());
    struct stat old {};
    if (::fstatat(folder_.get(), name_.c_str(), &old, AT_SYMLINK_NOFOLLOW) == 0) {
      if (!S_ISSOCK(old.st_mode))
        throw std::runtime_error(path +
                                 " exists and is not a socket: remove it, or use another path");
      if (::unlinkat(folder_.get(), name_.c_str(), 0) != 0)
        fail("the old socket " + path + " cannot be removed", errno);
    }
    const mode_t before = ::umask(0177);
    const int result =
        ::bind(socket.get(), reinterpret_cast<const sockaddr *>(&address), sizeof(address));
    const int error = errno;
    ::umask(before);
    if (result != 0)
      fail("the socket " + path + " cannot be created", error);
  }
  if (folder_owner_ != peer && ::geteuid() != peer &&
      ::fchownat(folder_.get(), name_.c_str(), peer, static_cast<gid_t>(-1), AT_SYMLINK_NOFOLLOW) !=
          0) {
    const int error = errno;
    ::unlinkat(folder_.get(), name_.c_str(), 0);
    fail("the socket " + path + " cannot be given to user " + std::to_string(peer), error);
  }
  if (::listen(socket.get(), backlog) != 0) {
    const int error = errno;
    ::unlinkat(folder_.get(), name_.c_str(), 0);
    fail("the socket " + path + " cannot listen", error);
  }
  socket_ = std::move(socket);
}

listening_socket::~listening_socket() {
  struct stat current {};
  if (!socket_ || ::fstatat(folder_.get(), name_.c_str(), &current, AT_SYMLINK_NOFOLLOW) != 0 ||
      !S_ISSOCK(current.st_mode))
    return;
  const uid_t before = ::geteuid();
  if (folder_owner_ != before && folder_owner_ != 0 && ::seteuid(folder_owner_) != 0)
    return;
  ::unlinkat(folder_.get(), name_.c_str(), 0);
  if (::geteuid() != before && ::seteuid(before) != 0)
    ::_exit(1);
}

} // namespace bindscope::helper
