// SPDX-License-Identifier: Apache-2.0
#include "core/session.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>

#include <cerrno>
#include <system_error>

#include "core/clocks.h"
#include "core/hooks.h"
#include "core/ring_buffer.h"
#include "core/ring_losses.h"
#include "core/skipped_runs.h"

namespace bindscope::core {

namespace {

using handoff::fact;
using handoff::hook_state;

unique_fd make_signal() {
  unique_fd signal(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!signal)
    throw std::system_error(errno, std::generic_category(), "cannot prepare a thread");
  return signal;
}

constexpr const char *socket_fallback = "sock_diag";
constexpr const char *process_fallback = "/proc";
constexpr const char *needs_helper = "needs the privileged helper";
constexpr const char *activity_hook = "iter/bpf_sk_storage_map";

void refuse(std::vector<hook_report> &hooks, fact told, const std::string &reason) {
  for (hook_report &hook : hooks)
    if (hook.told == told && hook.state == hook_state::attached) {
      hook.state = hook_state::failed;
      hook.reason = reason;
    }
}

} // namespace

session::session(const helper_address &address, std::size_t queue_length,
                 std::function<void()> wake)
    : wake_(std::move(wake)), queue_(queue_length), stop_(make_signal()), look_(make_signal()) {
  waiter_.add(stop_.get());
  thread_ = std::thread([this, address] { serve_helper(address); });
}

session::session(std::unique_ptr<destroy_notices> notices, std::size_t queue_length,
                 std::function<void()> wake)
    : wake_(std::move(wake)), queue_(queue_length), stop_(make_signal()), look_(make_signal()) {
  waiter_.add(stop_.get());
  waiter_.add(notices->descriptor());
  thread_ = std::thread([this, notices = std::move(notices)] { serve_notices(*notices); });
}

session::~session() {
  stopping_ = true;
  ::eventfd_write(stop_.get(), 1);
  end_requests(); // the thread may be waiting for an answer
  thread_.join();
}

std::optional<session_outcome> session::take_outcome() {
  woken_ = false; // before anything is taken: what comes from now on wakes again
  std::optional<session_outcome> outcome;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    outcome = std::exchange(outcome_, std::nullopt);
  }
  if (outcome)
    notify();
  return outcome;
}

session_news session::take_news(std::vector<std::uint8_t> recycled) {
  woken_ = false; // as above
  session_news news;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    news.hung_up = std::exchange(hung_up_, false);
    news.lost_in_kernel = lost_;
    news.missing = std::exchange(missing_, {});
    news.skipped = std::exchange(skipped_, {});
  }
  // The thread pushes its last record before it tells of the hang-up, so none is behind it.
  news.events = queue_.take(std::move(recycled));
  return news;
}

std::shared_ptr<const iterator_links> session::iterators() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return iterators_;
}

std::shared_ptr<activity_probe> session::activity() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return activity_;
}

std::shared_ptr<const ring_buffer> session::ring() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return ring_;
}

void session::notify() {
  if (!woken_.exchange(true))
    wake_();
}

bool session::push(const void *record, std::size_t size) {
  queue_.push(record, size, static_cast<const bs_event *>(record)->time_ns);
  notify();
  return !stopping_;
}

void session::count_lost(const loss &found) {
  if (found.count == 0)
    return;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    lost_ += found.count;
    missing_.add(found);
  }
  notify();
}

void session::count_skipped(const loss &found) {
  if (found.count == 0)
    return;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    skipped_.add(found);
  }
  notify();
}

void session::look_for_skipped() {
  ::eventfd_write(look_.get(), 1);
}

std::shared_ptr<iterator_requests> session::begin_requests(int socket) {
  auto requests = std::make_shared<iterator_requests>(socket);
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    requests_ = requests;
  }
  if (stopping_)
    requests->end();
  return requests;
}

void session::end_requests() {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (requests_)
    requests_->end();
}

void session::adopt_iterators(received_handoff &handoff,
                              std::shared_ptr<iterator_requests> requests) {
  std::string refusal;
  if (handoff.iter_process && handoff.iter_socket) {
    try {
      auto links = std::make_shared<const iterator_links>(iterator_links{
          std::move(handoff.iter_process), std::move(handoff.iter_socket), std::move(requests)});
      // Kernels before 5.19 may ask a privilege for this, which the helper may not have to keep.
      start_iterator(*links, fact::processes);
      start_iterator(*links, fact::sockets);
      const std::lock_guard<std::mutex> lock(mutex_);
      iterators_ = std::move(links);
    } catch (const std::system_error &error) {
      refusal = error.what();
    }
  } else {
    refusal = "the other iterator is missing, and both are read together";
  }
  const bool usable = iterators() != nullptr;
  // Where the iterators are missing, their facts count as not told by the kernel, though snapshots
  // by the fallbacks go on.
  if (usable) {
    handoff.hooks.push_back({fact::sockets, hook_state::unused, socket_fallback, ""});
    handoff.hooks.push_back({fact::processes, hook_state::unused, process_fallback, ""});
  } else {
    refuse(handoff.hooks, fact::sockets, refusal);
    refuse(handoff.hooks, fact::processes, refusal);
  }
}

void session::adopt_activity(received_handoff &handoff) {
  if (!handoff.watched_ports || !handoff.activity || !handoff.iter_connections) {
    refuse(handoff.hooks, fact::activity, "the helper did not hand it over");
    return;
  }
  try {
    auto probe = std::make_shared<activity_probe>(std::move(handoff.watched_ports),
                                                  std::move(handoff.activity),
                                                  std::move(handoff.iter_connections));
    const std::lock_guard<std::mutex> lock(mutex_);
    activity_ = std::move(probe);
  } catch (const std::exception &error) {
    refuse(handoff.hooks, fact::activity, error.what());
  }
}

void session::serve_helper(const helper_address &address) {
  std::optional<helper_connection> helper;
  // Threads that take snapshots share the socket, and may hold it for longer than this thread,
  // which hangs up for them before `helper` waits for the child.
  const struct hang_up {
    session &of;
    ~hang_up() { of.end_requests(); }
  } at_the_end{*this};
  std::shared_ptr<ring_buffer> ring;
  std::optional<kernel_stats> stats;
  const std::uint64_t attached_ns = boot_clock(); // nothing can have been told, or lost, before
  try {
    helper.emplace(reach_helper(address, stop_.get()));
    const bool asks = helper->handoff.iterators == handoff::iterators::by_helper;
    adopt_iterators(helper->handoff, asks ? begin_requests(helper->socket.get()) : nullptr);
    adopt_activity(helper->handoff);
    ring = std::make_shared<ring_buffer>(std::move(helper->handoff.ring));
    stats.emplace(std::move(helper->handoff.stats));
    for (const int fd : {ring->descriptor(), look_.get()})
      waiter_.add(fd);
    // What is read there is for those who asked.
    waiter_.add(helper->socket.get(), asks ? EPOLLRDHUP : EPOLLIN | EPOLLRDHUP);
    const std::lock_guard<std::mutex> lock(mutex_);
    ring_ = ring;
    outcome_ = helper_connected{helper->handoff.helper_pid, std::move(helper->handoff.hooks),
                                ring->size()};
  } catch (const helper_failure &failure) {
    const std::lock_guard<std::mutex> lock(mutex_);
    outcome_ = failure;
  } catch (const std::exception &error) {
    const std::lock_guard<std::mutex> lock(mutex_);
    outcome_ =
        helper_failure(helper_failure::kind::protocol,
                       std::string("What the helper handed over is of no use: ") + error.what());
  }
  notify();
  if (!stats)
    return;

  skipped_runs skipped(std::move(helper->handoff.programs));
  ring_losses losses(ring->size(), {}, attached_ns);
  const auto settle = [&] {
    const std::uint64_t before = boot_clock();
    const loss_counts counts = stats->counts();
    count_lost(losses.settle(counts, before, boot_clock()));
  };
  const auto drain = [&] {
    ring->consume([&](const void *record, std::size_t size) {
      losses.took(size, static_cast<const bs_event *>(record)->time_ns);
      const bool more = push(record, size);
      if (losses.due())
        settle();
      return more;
    });
    settle();
    if (skipped.due())
      count_skipped(skipped.read());
  };
  bool hung_up = false;
  while (!stopping_ && !hung_up)
    waiter_.wait([&](int fd) {
      if (fd == ring->descriptor())
        drain();
      else if (eventfd_t asked; fd == look_.get() && ::eventfd_read(fd, &asked) == 0)
        count_skipped(skipped.read());
      else if (fd == helper->socket.get())
        hung_up = true; // or said something unasked, which it never does
    });
  if (stopping_) {
    ring->abandon();
    // It ends by our hang-up, in its own time: the owner does not wait for that.
    if (helper->child)
      helper->child->leave();
    return;
  }
  drain();
  count_skipped(skipped.read());
  ring->abandon();
  end_requests();
  helper.reset(); // reaps the child, so that its pid is free when the owner hears of the end
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    iterators_.reset();
    activity_.reset();
    ring_.reset();
    hung_up_ = true;
  }
  notify();
}

void session::serve_notices(destroy_notices &notices) {
  std::uint64_t read_ns = boot_clock();
  while (!stopping_)
    waiter_.wait([&](int fd) {
      if (fd != notices.descriptor())
        return;
      const std::uint64_t overruns =
          notices.read([this](const bs_event &record) { push(&record, sizeof(record)); });
      const std::uint64_t now = boot_clock();
      count_lost({overruns, read_ns, now});
      read_ns = now;
    });
}

std::vector<hook_report> limited_reports(const std::string &notices) {
  std::vector<hook_report> reports;
  const std::pair<fact, bs_hook> missing[] = {
      {fact::attempted, BS_HOOK_KPROBE_SECURITY_SOCKET_BIND},
      {fact::bound, BS_HOOK_CGROUP_POST_BIND4},
      {fact::bind_failed, BS_HOOK_FEXIT_SYS_BIND},
      {fact::listening, BS_HOOK_FEXIT_INET_CSK_LISTEN_START},
      {fact::exec, BS_HOOK_TP_BTF_SCHED_PROCESS_EXEC},
      {fact::exit, BS_HOOK_TP_BTF_SCHED_PROCESS_EXIT},
  };
  for (const auto &[told, hook] : missing)
    reports.push_back({told, hook_state::failed, hook_name(hook), needs_helper});
  reports.push_back({fact::closed, notices.empty() ? hook_state::attached : hook_state::failed,
                     hook_name(BS_HOOK_SOCK_DIAG_DESTROY), notices});
  reports.push_back({fact::sockets, hook_state::attached, socket_fallback, ""});
  reports.push_back({fact::processes, hook_state::attached, process_fallback, ""});
  reports.push_back({fact::activity, hook_state::failed, activity_hook, needs_helper});
  return reports;
}

} // namespace bindscope::core
