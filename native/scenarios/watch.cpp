// SPDX-License-Identifier: Apache-2.0
#include "watch.h"

#include <bpf/bpf.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <future>
#include <system_error>
#include <thread>

#include "core/proc_fs.h"
#include "core/snapshot_iter.h"
#include "core/snapshot_proc.h"
#include "helper/hook_table.h"
#include "performer.h"

namespace bindscope::scenarios {

namespace {

using namespace std::chrono_literals;

// Emulated machines are slow: loading the programs takes them a quarter of a minute.
constexpr auto patience = 120s;
constexpr std::size_t queue_length = 65'536;

constexpr uid_t engine_user = 65534; // nobody

// The C library would change all threads.
void become_engine() {
  if (::syscall(SYS_setgroups, 0, nullptr) != 0 ||
      ::syscall(SYS_setresgid, engine_user, engine_user, engine_user) != 0 ||
      ::syscall(SYS_setresuid, engine_user, engine_user, engine_user) != 0)
    throw_errno("a thread of an ordinary user");
  // As of a process that was always that user's: what /proc says of the thread is its own.
  ::prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
}

// Does this with the rights of an ordinary user, which the threads it starts have, too.
template <class Act> auto as_engine(Act act) {
  std::packaged_task<decltype(act())()> task([&] {
    become_engine();
    return act();
  });
  auto result = task.get_future();
  std::thread(std::move(task)).join();
  return result.get();
}

bool is_of_the_table(const core::hook_report &report) {
  for (const helper::ladder &ladder : helper::hook_table())
    for (const helper::rung &rung : ladder.rungs)
      if (ladder.told == report.told && rung.name == report.name)
        return true;
  return false;
}

record decode(const std::uint8_t *bytes) {
  record one;
  std::memcpy(&one.event, bytes, sizeof(one.event));
  if ((one.event.flags & BS_HAS_IDENTITY) != 0)
    std::memcpy(&one.identity.emplace(), bytes, sizeof(bs_identity_event));
  return one;
}

} // namespace

std::string own_path() {
  return core::read_link_at(AT_FDCWD, "/proc/self/exe");
}

std::uint64_t skipped_runs() {
  std::uint64_t skipped = 0;
  for (__u32 id = 0; bpf_prog_get_next_id(id, &id) == 0;) {
    const core::unique_fd program(bpf_prog_get_fd_by_id(id));
    bpf_prog_info about{};
    __u32 size = sizeof(about);
    if (program && bpf_obj_get_info_by_fd(program.get(), &about, &size) == 0)
      skipped += about.recursion_misses;
  }
  return skipped;
}

helper_service::helper_service(std::vector<std::string> arguments) {
  int ends[2];
  // The engine must be let in.
  if (::mkdtemp(folder_) == nullptr || ::chmod(folder_, 0755) != 0 || ::pipe2(ends, O_CLOEXEC) != 0)
    throw_errno("a helper that listens");
  input_.reset(ends[1]);
  const std::vector<std::string> listen = {own_path(),
                                           "helper",
                                           "--listen",
                                           path(),
                                           "--peer-uid",
                                           std::to_string(engine_user),
                                           "--until-stdin-closes"};
  arguments.insert(arguments.begin(), listen.begin(), listen.end());
  child_.emplace(arguments, core::unique_fd(ends[0]));
}

helper_service::~helper_service() {
  input_.reset();
  child_->wait(2s);
  ::rmdir(folder_);
}

watch::watch(const std::vector<std::string> &arguments) : helper_(arguments) {
  const core::session_outcome outcome = reach();
  if (const auto *failure = std::get_if<core::helper_failure>(&outcome))
    throw watch_error(failure->what());
  for (const core::hook_report &report : std::get<core::helper_connected>(outcome).hooks)
    if (is_of_the_table(report))
      hooks_.push_back(report);
}

// The helper begins to listen in its own time.
core::session_outcome watch::reach() {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  for (;;) {
    session_ = as_engine([this] {
      return std::make_unique<core::session>(core::listening_helper{helper_.path(), patience},
                                             queue_length, [this] {
                                               const std::lock_guard<std::mutex> lock(mutex_);
                                               news_ = true;
                                               changed_.notify_all();
                                             });
    });
    wait_for_news();
    std::optional<core::session_outcome> outcome = session_->take_outcome();
    if (!outcome)
      throw watch_error("The session woke without an outcome.");
    const auto *failure = std::get_if<core::helper_failure>(&*outcome);
    if (failure == nullptr || failure->why != core::helper_failure::kind::unreachable ||
        std::chrono::steady_clock::now() > deadline)
      return *outcome;
    std::this_thread::sleep_for(20ms);
    // With its last wake, which is not the next one's.
    session_.reset();
    news_ = false;
  }
}

std::vector<std::string> watch::attached(handoff::fact told) const {
  std::vector<std::string> names;
  for (const core::hook_report &report : hooks_)
    if (report.told == told && report.state == handoff::hook_state::attached)
      names.push_back(report.name);
  return names;
}

bool watch::attached(handoff::fact told, const std::string &hook) const {
  const std::vector<std::string> names = attached(told);
  return std::find(names.begin(), names.end(), hook) != names.end();
}

std::vector<std::string> watch::tellers(handoff::fact told) const {
  std::vector<std::string> names = attached(told);
  if (names.empty() && told == handoff::fact::sockets)
    names = {"sock_diag"};
  if (names.empty() && told == handoff::fact::processes)
    names = {"/proc"};
  return names;
}

void watch::wait_for_news() {
  std::unique_lock<std::mutex> lock(mutex_);
  if (!changed_.wait_for(lock, patience, [this] { return news_; }))
    throw watch_error("The helper said nothing in time.");
  news_ = false;
}

void watch::take() {
  const core::session_news news = session_->take_news();
  lost_ = news.lost_in_kernel + news.events.dropped;
  skipped_ += news.skipped.count;
  const std::uint8_t *at = news.events.records.data();
  for (std::size_t i = 0; i < news.events.count; i++) {
    records_.push_back(decode(at));
    at += records_.back().event.size;
  }
  if (news.hung_up)
    throw watch_error("The helper hung up.");
}

// The ring keeps the order in which room was taken, so what comes behind a mark was after it. A
// mark may be lost like all else; that is for the scenario to claim.
void watch::settle() {
  for (int left = 5; !mark_is_told(); left--)
    if (left == 0)
      throw watch_error("Records are lost again and again: " + std::to_string(lost_) + ".");
}

bool watch::mark_is_told() {
  const core::unique_fd mark(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  sockaddr_in any{};
  any.sin_family = AF_INET;
  std::uint64_t cookie = 0;
  socklen_t length = sizeof(cookie);
  if (!mark || ::bind(mark.get(), reinterpret_cast<sockaddr *>(&any), sizeof(any)) != 0 ||
      ::getsockopt(mark.get(), SOL_SOCKET, SO_COOKIE, &cookie, &length) != 0)
    throw std::system_error(errno, std::generic_category(), "a socket of the suite's own");
  return told_bound(cookie);
}

bool watch::told_bound(std::uint64_t cookie) {
  const std::uint64_t lost_before = lost_;
  std::size_t seen = 0;
  for (;;) {
    take();
    for (; seen < records_.size(); seen++)
      if (records_[seen].event.cookie == cookie && records_[seen].event.kind == BS_BOUND)
        return true;
    if (lost_ != lost_before)
      return false;
    wait_for_news();
  }
}

std::uint64_t watch::skipped(std::uint64_t expected) {
  // The session's thread looks for them.
  session_->look_for_skipped();
  for (int left = 200; left > 0 && skipped_ < expected; left--) {
    std::this_thread::sleep_for(10ms);
    take();
  }
  return skipped_;
}

core::activity_probe &watch::activity() {
  if (!activity_)
    activity_ = session_->activity();
  if (!activity_)
    throw watch_error("The counts of connections are not to be had.");
  return *activity_;
}

void watch::count_connections(const std::vector<std::uint16_t> &ports) {
  as_engine([&] { activity().watch(ports); });
}

core::activity_reading watch::read_activity() {
  return as_engine([this] { return activity().read(); });
}

core::snapshot watch::snapshot() {
  const std::shared_ptr<const core::iterator_links> links = session_->iterators();
  return as_engine([&] {
    return links ? core::take_snapshot_by_iterators(*links, holderless_)
                 : core::take_snapshot_by_proc();
  });
}

} // namespace bindscope::scenarios
