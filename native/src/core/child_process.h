// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "core/unique_fd.h"

namespace bindscope::core {

// A process that we started and must reap. Its standard input is a descriptor of ours; what it
// prints is kept for error messages.
class child_process {
public:
  // Starts command[0] (searched in PATH). `input` becomes its standard input. Throws
  // std::system_error.
  child_process(const std::vector<std::string> &command, unique_fd input);
  child_process(child_process &&other) noexcept;
  child_process &operator=(child_process &&) = delete;
  // Asks one that runs to end, and waits a moment. One that stays is left.
  ~child_process();

  // Waits no longer for one that ends by itself. It is reaped when the next one is started.
  void leave();

  // Readable once it has ended.
  int descriptor() const { return pidfd_.get(); }

  // Exit status, or 128 + signal; nullopt if it still runs after `patience`.
  std::optional<int> wait(std::chrono::milliseconds patience);

  // Last lines that it printed, trimmed.
  std::string printed() const;

private:
  pid_t pid_ = -1; // -1 once reaped or moved from
  std::optional<int> status_;
  unique_fd pidfd_;
  unique_fd output_;
};

} // namespace bindscope::core
