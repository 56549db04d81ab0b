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
  // Waits a moment for one that runs, then asks it to end; one that stays is reaped with the next.
  ~child_process();

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
