// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "core/child_process.h"
#include "core/holderless.h"
#include "core/records.h"
#include "core/session.h"
#include "core/snapshot.h"
#include "handoff/handoff.h"

namespace bindscope::scenarios {

// A record of the kernel, and whether a scenario expected it.
struct record {
  bs_event event{};
  std::optional<bs_identity_event> identity; // of records that carry one
  bool claimed = false;
};

// What this program told about a wrong kernel side; what() is a sentence.
class watch_error : public std::runtime_error {
public:
  using std::runtime_error::runtime_error;
};

// A helper that listens, as root, for the engine's user alone: this program, started again.
class helper_service {
public:
  explicit helper_service(std::vector<std::string> arguments);
  ~helper_service();
  helper_service(const helper_service &) = delete;
  helper_service &operator=(const helper_service &) = delete;
  std::string path() const { return std::string(folder_) + "/helper.sock"; }

private:
  char folder_[40] = "/tmp/bindscope-scenarios-XXXXXX";
  core::unique_fd input_; // it ends when this is closed
  std::optional<core::child_process> child_;
};

/*
 * The product's own way from the kernel to a process: a helper that attaches and hands over, and a
 * session that reads. As in the product, the session and the snapshots have the rights of an
 * ordinary user: they run on threads that gave up all others. One thread may call.
 */
class watch {
public:
  // `arguments`: of the helper, besides --stdin. Throws watch_error.
  explicit watch(const std::vector<std::string> &arguments);

  // Every hook of the table, in its order, as the helper reported it.
  const std::vector<core::hook_report> &hooks() const { return hooks_; }
  // Names of the hooks that are attached for a fact.
  std::vector<std::string> attached(handoff::fact told) const;
  bool attached(handoff::fact told, const std::string &hook) const;
  // The same, and what stands in for iterators that cannot be used.
  std::vector<std::string> tellers(handoff::fact told) const;

  // Returns once everything that happened before the call is in records(). Throws watch_error.
  void settle();
  std::vector<record> &records() { return records_; }
  void forget() { records_.clear(); }
  // Records that found no room, here or in the kernel.
  std::uint64_t lost() const { return lost_; }
  // Runs of programs that the kernel left out, as the session tells; it is given the time to tell
  // of so many.
  std::uint64_t skipped(std::uint64_t expected = 0);

  // By iterators, or by /proc and sock_diag where those cannot be used.
  core::snapshot snapshot();

  // Names the ports whose connections are counted, and reads what is. Both throw watch_error where
  // the kernel does not count.
  void count_connections(const std::vector<std::uint16_t> &ports);
  core::activity_reading read_activity();

private:
  core::session_outcome reach();
  void take();
  void wait_for_news();
  bool mark_is_told();
  // Returns true once records() has the bind of that socket, false where records are lost
  // meanwhile.
  bool told_bound(std::uint64_t cookie);
  core::activity_probe &activity();

  std::mutex mutex_;
  std::condition_variable changed_;
  bool news_ = false; // guarded by mutex_
  std::vector<core::hook_report> hooks_;
  std::vector<record> records_;
  std::uint64_t lost_ = 0;
  std::uint64_t skipped_ = 0;
  core::known_holderless holderless_;
  std::shared_ptr<core::activity_probe> activity_;
  helper_service helper_;
  std::unique_ptr<core::session> session_; // last: its thread rings the above
};

// Runs of eBPF programs that the kernel has left out since its start. A tracing program does not
// run while another run of it is interrupted on the same CPU: what it would have told is lost, and
// only this count says so.
std::uint64_t skipped_runs();

// This program's file.
std::string own_path();

} // namespace bindscope::scenarios
