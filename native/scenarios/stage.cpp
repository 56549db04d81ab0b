// SPDX-License-Identifier: Apache-2.0
#include "stage.h"

#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "core/clocks.h"

namespace bindscope::scenarios {

namespace {

constexpr int patience_ms = 60'000;

} // namespace

stage::stage(watch &kernel)
    : kernel_(kernel), began_(core::boot_clock()), lost_before_(kernel.lost()),
      skipped_before_(skipped_runs()), skipped_told_before_(kernel.skipped()),
      next_performer_(out_of_the_way(::memfd_create("bindscope-performers", MFD_CLOEXEC))) {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
    throw_errno("a stage");
  reports_.reset(out_of_the_way(ends[0]));
  performers_end_.reset(out_of_the_way(ends[1]));
  // Room for a scenario that binds a thousand times while we wait for it.
  const int room = 4 << 20;
  ::setsockopt(performers_end_.get(), SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof(room));
  const std::uint32_t first = 1;
  if (::pwrite(next_performer_.get(), &first, sizeof(first), 0) != sizeof(first))
    throw_errno("a stage");
  line_ = {performers_end_.get(), acknowledged_.fd(), next_performer_.get()};
  kernel_.settle();
  kernel_.forget();
}

stage::~stage() {
  for (auto &[id, one] : processes_) {
    if (!one.ours || one.status || one.known.empty())
      continue;
    ::kill(static_cast<pid_t>(one.known.front().pid), SIGKILL);
    ::waitpid(static_cast<pid_t>(one.known.front().pid), nullptr, 0);
  }
  acknowledged_.close();
}

void stage::start(const std::string &name, const performer::script &play) {
  performer director(line_, 0);
  director.fork(play);
  const std::uint32_t before = last_born_;
  while (last_born_ == before)
    if (!read_report(patience_ms))
      throw std::runtime_error("the process " + name + " does not begin");
  name_child(name);
  processes_.at(last_born_).ours = true;
}

void stage::name_child(const std::string &name) {
  process &child = processes_.at(last_born_);
  child.name = name;
  while (child.known.empty())
    if (!read_report(patience_ms))
      throw std::runtime_error("the process " + name + " does not begin");
}

stage::process &stage::named(const std::string &name) {
  for (auto &[id, one] : processes_)
    if (one.name == name)
      return one;
  throw std::runtime_error("there is no process " + name);
}

const stage::process &stage::named(const std::string &name) const {
  return const_cast<stage *>(this)->named(name);
}

bool stage::read_report(int patience) {
  pollfd readable{reports_.get(), POLLIN, 0};
  if (::poll(&readable, 1, patience) <= 0)
    return false;
  report got{};
  if (::recv(reports_.get(), &got, sizeof(got), 0) != sizeof(got))
    throw std::runtime_error("the line to the performers is broken");
  switch (got.what) {
  case report::kind::born: {
    process born;
    born.name = "process " + std::to_string(got.value);
    pids_[got.performer] = static_cast<std::uint32_t>(got.value);
    processes_[got.performer] = born;
    last_born_ = got.performer;
    break;
  }
  case report::kind::introduced:
    processes_.at(got.performer).known.push_back(read_identity(pids_.at(got.performer)));
    acknowledged_.open();
    break;
  case report::kind::knows:
    sockets_[got.name] = {got.socket, got.performer};
    break;
  case report::kind::attempts:
    attempts_.push_back({got.performer, got.socket, 0});
    break;
  case report::kind::refused:
    refusals_.push_back({got.performer, got.socket, static_cast<int>(got.value)});
    break;
  case report::kind::reached:
    steps_.insert(got.name);
    break;
  case report::kind::ended:
    processes_.at(got.performer).status = static_cast<int>(got.value);
    break;
  case report::kind::unsupported:
    throw not_supported(got.words);
  case report::kind::failed:
    throw std::runtime_error(got.words);
  }
  return true;
}

void stage::read_all_reports() {
  while (read_report(0))
    continue;
}

void stage::until(const std::string &step) {
  while (steps_.count(step) == 0)
    if (!read_report(patience_ms))
      throw std::runtime_error("the step '" + step + "' is not reached");
  steps_.erase(step);
}

int stage::wait_for(const std::string &name) {
  process &one = named(name);
  const auto pid = static_cast<pid_t>(one.known.front().pid);
  int status = 0;
  // It may want to be introduced, or find the line full, before it ends.
  for (int left = patience_ms; ::waitpid(pid, &status, WNOHANG) == 0; left--) {
    read_report(1);
    if (left == 0)
      throw std::runtime_error("the process " + name + " does not end");
  }
  one.status = status;
  read_all_reports();
  return status;
}

void stage::kill(const std::string &name) {
  ::kill(pid_of(name), SIGKILL);
}

pid_t stage::pid_of(const std::string &name) const {
  return static_cast<pid_t>(named(name).known.front().pid);
}

std::uint16_t stage::free_port(const endpoint &where) {
  const core::unique_fd probe(::socket(where.family, where.type | SOCK_CLOEXEC, 0));
  const int alone = where.v6_only ? 1 : 0;
  if (where.family == AF_INET6)
    ::setsockopt(probe.get(), IPPROTO_IPV6, IPV6_V6ONLY, &alone, sizeof(alone));
  const socket_address any = make_address(where.family, where.address, 0);
  if (!probe || ::bind(probe.get(), any.get(), any.length) != 0)
    throw_errno("a free port");
  return local_address(probe.get()).port();
}

const socket_facts &stage::socket(const std::string &name) const {
  const auto found = sockets_.find(name);
  if (found == sockets_.end())
    throw std::runtime_error("there is no socket " + name);
  return found->second.first;
}

std::uint64_t stage::skipped() const {
  const std::uint64_t skipped = skipped_runs() - skipped_before_;
  return skipped == 0 ? 0
                      : std::min(skipped, kernel_.skipped(skipped_told_before_ + skipped) -
                                              skipped_told_before_);
}

void stage::settle() {
  read_all_reports();
  const bool still = std::all_of(processes_.begin(), processes_.end(),
                                 [](const auto &one) { return one.second.status.has_value(); });
  if (!settled_)
    kernel_.settle();
  settled_ = still;
}

} // namespace bindscope::scenarios
