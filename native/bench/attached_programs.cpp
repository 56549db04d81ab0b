// SPDX-License-Identifier: Apache-2.0
#include "attached_programs.h"

#include <fcntl.h>

#include <chrono>
#include <future>
#include <mutex>
#include <optional>
#include <variant>

#include "core/proc_fs.h"

namespace bindscope::bench {

namespace {

using namespace std::chrono_literals;

// Emulated machines are slow: loading the programs takes them a quarter of a minute.
constexpr auto patience = 180s;
// What is told while calls are timed is some ten thousand records.
constexpr std::size_t queue_length = 65'536;

core::helper_failure silence(const char *words) {
  return {core::helper_failure::kind::unreachable, words};
}

} // namespace

attached_programs::attached_programs(const std::vector<std::string> &arguments) {
  std::vector<std::string> command = {core::read_link_at(AT_FDCWD, "/proc/self/exe"), "helper",
                                      "--stdin"};
  command.insert(command.end(), arguments.begin(), arguments.end());
  // The session calls it again for events, which nobody here waits for.
  auto woken = std::make_shared<std::promise<void>>();
  auto once = std::make_shared<std::once_flag>();
  std::future<void> outcome_is_there = woken->get_future();
  session_ =
      std::make_unique<core::session>(core::spawned_helper{command}, queue_length, [woken, once] {
        std::call_once(*once, [&] { woken->set_value(); });
      });
  if (outcome_is_there.wait_for(patience) != std::future_status::ready)
    throw silence("The helper said nothing in time.");
  const std::optional<core::session_outcome> outcome = session_->take_outcome();
  if (!outcome)
    throw silence("The session woke without an outcome.");
  if (const auto *failure = std::get_if<core::helper_failure>(&*outcome))
    throw *failure;
  hooks_ = std::get<core::helper_connected>(*outcome).hooks;
}

} // namespace bindscope::bench
