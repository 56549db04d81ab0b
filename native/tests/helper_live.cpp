// SPDX-License-Identifier: Apache-2.0
#include "helper_live.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <climits>
#include <cstring>
#include <fstream>
#include <iterator>
#include <sstream>
#include <stdexcept>
#include <system_error>

namespace bindscope::helper::test {

namespace {

[[noreturn]] void throw_errno(const char *what) {
  throw std::system_error(errno, std::generic_category(), what);
}

} // namespace

std::string helper_path() {
  char path[PATH_MAX];
  const ssize_t length = ::readlink("/proc/self/exe", path, sizeof(path));
  if (length < 0)
    throw_errno("readlink");
  const std::string self(path, static_cast<std::size_t>(length));
  return self.substr(0, self.rfind('/') + 1) + "bindscope-helper";
}

pid_t start(const std::vector<std::string> &command, int input,
            const std::function<void()> &before_exec) {
  const pid_t child = ::fork();
  if (child < 0)
    throw_errno("fork");
  if (child > 0)
    return child;
  std::vector<char *> arguments;
  for (const std::string &argument : command)
    arguments.push_back(const_cast<char *>(argument.c_str()));
  arguments.push_back(nullptr);
  ::dup2(input, 0);
  before_exec();
  ::execv(arguments[0], arguments.data());
  ::_exit(127);
}

int wait_for_exit(pid_t pid) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  int status = -1;
  while (::waitpid(pid, &status, WNOHANG) == 0) {
    if (std::chrono::steady_clock::now() > deadline) {
      ::kill(pid, SIGKILL);
      ::waitpid(pid, &status, 0);
      return -1;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return status;
}

std::string read_file(const std::string &path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string status_field(pid_t pid, const std::string &name) {
  std::istringstream lines(read_file("/proc/" + std::to_string(pid) + "/status"));
  for (std::string line; std::getline(lines, line);)
    if (line.rfind(name + ":", 0) == 0) {
      std::string value = line.substr(name.size() + 1);
      std::replace(value.begin(), value.end(), '\t', ' ');
      return value.substr(std::min(value.find_first_not_of(' '), value.size()));
    }
  return {};
}

bool confined(pid_t helper) {
  // The last thing it does.
  return eventually([&] { return status_field(helper, "Seccomp") == "2"; });
}

std::optional<received> receive(int socket) {
  pollfd readable{socket, POLLIN, 0};
  if (::poll(&readable, 1, 60'000) <= 0)
    throw std::runtime_error("the helper said nothing in 60 s");
  received got;
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int) * handoff::max_descriptors)];
  iovec part{&got.message, sizeof(got.message)};
  msghdr header{};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  header.msg_control = control;
  header.msg_controllen = sizeof(control);
  const ssize_t size = ::recvmsg(socket, &header, MSG_CMSG_CLOEXEC);
  if (size <= 0)
    return std::nullopt;
  if (static_cast<std::size_t>(size) != sizeof(got.message))
    throw std::runtime_error("a message of " + std::to_string(size) + " bytes");
  if (const cmsghdr *item = CMSG_FIRSTHDR(&header); item != nullptr)
    for (std::size_t i = 0; i < (item->cmsg_len - CMSG_LEN(0)) / sizeof(int); i++) {
      int fd;
      std::memcpy(&fd, CMSG_DATA(item) + i * sizeof(int), sizeof(fd));
      got.descriptors.emplace_back(fd);
    }
  return got;
}

live_helper::live_helper(const std::vector<std::string> &arguments,
                         const std::function<void()> &before_exec) {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
    throw_errno("socketpair");
  socket_.reset(ends[0]);
  core::unique_fd theirs(ends[1]);
  std::vector<std::string> command = {helper_path(), "--stdin"};
  command.insert(command.end(), arguments.begin(), arguments.end());
  pid_ = start(command, theirs.get(), before_exec);
  // So that its end is seen as a hang-up.
  theirs.reset();
  std::optional<received> got = receive(socket_.get());
  if (!got)
    throw std::runtime_error("the helper hung up without a word");
  received_ = std::move(*got);
  if (message().result != handoff::status::ok)
    return;

  ring_ = ring_buffer__new(descriptor(handoff::descriptor::ring), on_record, this, nullptr);
  if (ring_ == nullptr)
    throw_errno("ring_buffer__new");
  void *mapped = ::mmap(nullptr, sizeof(bs_stats), PROT_READ, MAP_SHARED,
                        descriptor(handoff::descriptor::stats), 0);
  if (mapped == MAP_FAILED)
    throw_errno("mmap of bs_stats");
  stats_ = static_cast<const bs_stats *>(mapped);
}

live_helper::~live_helper() {
  if (ring_ != nullptr)
    ring_buffer__free(ring_);
  if (stats_ != nullptr)
    ::munmap(const_cast<bs_stats *>(stats_), sizeof(bs_stats));
  if (socket_)
    hang_up();
}

int live_helper::descriptor(handoff::descriptor meaning) const {
  for (std::uint32_t i = 0; i < message().descriptor_count; i++)
    if (message().descriptors[i] == meaning)
      return received_.descriptors.at(i).get();
  return -1;
}

bool live_helper::attached(handoff::fact told, const std::string &hook) const {
  for (std::uint32_t i = 0; i < message().hook_count; i++)
    if (message().hooks[i].told == told && message().hooks[i].name == hook)
      return message().hooks[i].state == handoff::hook_state::attached;
  return false;
}

int live_helper::hang_up() {
  socket_.reset();
  return wait_for_exit(pid_);
}

int live_helper::on_record(void *context, void *data, std::size_t) {
  auto &self = *static_cast<live_helper *>(context);
  if (!self.keep_)
    return 0;
  record got{};
  std::memcpy(&got.event, data, sizeof(got.event));
  if ((got.event.flags & BS_HAS_IDENTITY) != 0) {
    bs_identity_event whole;
    std::memcpy(&whole, data, sizeof(whole));
    got.path = path_of(whole.path, whole.path_size);
    got.exe_inode = whole.exe_inode;
    got.exe_device = whole.exe_device;
    got.args.assign(whole.args, whole.args_size);
    got.args_length = whole.args_length;
  }
  self.all_.push_back(std::move(got));
  return 0;
}

const std::vector<record> &live_helper::poll(pid_t tgid) {
  ring_buffer__consume(ring_);
  selected_.clear();
  const auto wanted = static_cast<__u32>(tgid == 0 ? ::getpid() : tgid);
  for (const record &one : all_)
    if (one.event.tgid == wanted)
      selected_.push_back(one);
  return selected_;
}

std::vector<record> live_helper::of_cookie(__u64 cookie, pid_t tgid) {
  std::vector<record> found;
  for (const record &one : poll(tgid))
    if (one.event.cookie == cookie && one.event.kind != BS_ATTEMPTED)
      found.push_back(one);
  return found;
}

std::vector<record> live_helper::of_kind(bs_event_kind kind, pid_t tgid) {
  std::vector<record> found;
  for (const record &one : poll(tgid))
    if (one.event.kind == kind)
      found.push_back(one);
  return found;
}

std::size_t live_helper::drain() {
  keep_ = false;
  const int count = ring_buffer__consume(ring_);
  keep_ = true;
  return count < 0 ? 0 : static_cast<std::size_t>(count);
}

std::string live_helper::read_iterator(handoff::descriptor iterator) const {
  const core::unique_fd opened(bpf_iter_create(descriptor(iterator)));
  if (!opened)
    throw_errno("bpf_iter_create");
  std::string bytes;
  char buffer[64 * 1024];
  for (;;) {
    const ssize_t got = ::read(opened.get(), buffer, sizeof(buffer));
    if (got < 0 && errno == EAGAIN)
      continue;
    if (got < 0)
      throw_errno("read of an iterator");
    if (got == 0)
      return bytes;
    bytes.append(buffer, static_cast<std::size_t>(got));
  }
}

test_socket::test_socket(int family, int type, int protocol)
    : family_(family), fd_(::socket(family, type | SOCK_CLOEXEC, protocol)) {
  if (!fd_)
    throw_errno("socket");
}

void test_socket::reuse_address() {
  const int on = 1;
  ::setsockopt(fd(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
}

int test_socket::bind(in_port_t port) {
  sockaddr_in ipv4{};
  ipv4.sin_family = AF_INET;
  ipv4.sin_port = htons(port);
  ipv4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  sockaddr_in6 ipv6{};
  ipv6.sin6_family = AF_INET6;
  ipv6.sin6_port = htons(port);
  ipv6.sin6_addr = in6addr_loopback;
  const int result = family_ == AF_INET
                         ? ::bind(fd(), reinterpret_cast<const sockaddr *>(&ipv4), sizeof(ipv4))
                         : ::bind(fd(), reinterpret_cast<const sockaddr *>(&ipv6), sizeof(ipv6));
  return result == 0 ? 0 : errno;
}

int test_socket::listen() {
  return ::listen(fd(), 8) == 0 ? 0 : errno;
}

in_port_t test_socket::port() const {
  sockaddr_in6 name{};
  socklen_t length = sizeof(name);
  if (::getsockname(fd(), reinterpret_cast<sockaddr *>(&name), &length) != 0)
    throw_errno("getsockname");
  // The port lies at the same place in both families.
  return ntohs(name.sin6_port);
}

__u64 test_socket::cookie() const {
  std::uint64_t cookie = 0;
  socklen_t length = sizeof(cookie);
  if (::getsockopt(fd(), SOL_SOCKET, SO_COOKIE, &cookie, &length) != 0)
    throw_errno("SO_COOKIE");
  return cookie;
}

std::string path_of(const char *components, std::size_t size) {
  std::string path;
  for (std::size_t at = 0; at < size;) {
    const std::string component(components + at, ::strnlen(components + at, size - at));
    path = "/" + component + path;
    at += component.size() + 1;
  }
  return path;
}

} // namespace bindscope::helper::test
