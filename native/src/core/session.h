// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <variant>
#include <vector>

#include "core/activity.h"
#include "core/destroy_notices.h"
#include "core/event_queue.h"
#include "core/helper_client.h"
#include "core/ring_buffer.h"
#include "core/snapshot_iter.h"
#include "core/waiter.h"

namespace bindscope::core {

struct helper_connected {
  std::uint32_t helper_pid;
  std::vector<hook_report> hooks;
  std::size_t ring_bytes; // that the ring buffer has room for
};
using session_outcome = std::variant<helper_connected, helper_failure>;

// What happened since the news were last taken.
struct session_news {
  event_batch events;
  std::uint64_t lost_in_kernel = 0; // since the session began
  loss missing;                     // of these, what was lost since the news before
  loss skipped;                     // runs of programs left out since then: see skipped_runs
  bool hung_up = false;             // told once
};

// One helper from reaching it to its hang-up, or the time without one. Owns a thread that waits for
// the kernel and for nothing else: no timers, no polling. The owner's functions are for one thread.
class session {
public:
  // `wake`: there is news; called on either thread, once until the news is taken. Must not call
  // back.
  session(const helper_address &address, std::size_t queue_length, std::function<void()> wake);
  // The kernel's notices of closed sockets, without a helper.
  session(std::unique_ptr<destroy_notices> notices, std::size_t queue_length,
          std::function<void()> wake);
  // Hangs up and waits for the thread. `wake` is not called afterwards.
  ~session();

  // Whether the helper was reached, told once. Until it is, no news may be taken; when it is told,
  // `wake` is called once more, for the news behind it.
  std::optional<session_outcome> take_outcome();
  session_news take_news(std::vector<std::uint8_t> recycled = {});
  // Has the thread look for skipped runs, as it does by itself while events flow.
  void look_for_skipped();

  // Links of the iterators while the helper lives; null without. Any thread.
  std::shared_ptr<const iterator_links> iterators() const;
  // The activity probe likewise.
  std::shared_ptr<activity_probe> activity() const;
  // The ring likewise: to wait until it is read up to some position.
  std::shared_ptr<const ring_buffer> ring() const;

private:
  void serve_helper(const helper_address &address);
  void serve_notices(destroy_notices &notices);
  // The helper starts the iterators, when asked.
  std::shared_ptr<iterator_requests> begin_requests(int socket);
  // Hangs up for whoever asks. Any thread.
  void end_requests();
  // Keeps the iterators if the kernel lets us use them, and says in the reports if it does not.
  // `requests`: as iterator_links has it.
  void adopt_iterators(received_handoff &handoff, std::shared_ptr<iterator_requests> requests);
  // The same for the activity probe.
  void adopt_activity(received_handoff &handoff);
  bool push(const void *record, std::size_t size);
  void count_lost(const loss &found);
  void count_skipped(const loss &found);
  void notify();

  const std::function<void()> wake_;
  event_queue queue_;
  unique_fd stop_; // eventfd, readable once the owner wants the end
  unique_fd look_; // eventfd, readable once the owner wants skipped runs to be looked for
  waiter waiter_;  // of the thread
  std::atomic<bool> stopping_{false};
  std::atomic<bool> woken_{false};
  mutable std::mutex mutex_; // guards the nine below
  std::optional<session_outcome> outcome_;
  bool hung_up_ = false;
  std::uint64_t lost_ = 0;
  loss missing_;
  loss skipped_;
  std::shared_ptr<const iterator_links> iterators_;
  std::shared_ptr<iterator_requests> requests_; // null where the helper is not to be asked
  std::shared_ptr<activity_probe> activity_;
  std::shared_ptr<const ring_buffer> ring_;
  std::thread thread_;
};

// What is told without a helper, and what is not. `notices`: why there are no notices of closed
// sockets; empty where there are.
std::vector<hook_report> limited_reports(const std::string &notices);

} // namespace bindscope::core
