// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <vector>

#include "core/unique_fd.h"

namespace bindscope::bench {

/*
 * The measured calls in a process of one thread, on a CPU of its own where there are two: what
 * reads the events runs beside it, and a second thread would make the kernel count references to
 * every file, which slows a read by more than what is looked for. The process ends with this
 * object.
 */
class timed_process {
public:
  // Forks, so no thread may have been started. Leaves the other CPUs to the caller. Throws
  // std::system_error.
  timed_process();
  ~timed_process();
  timed_process(const timed_process &) = delete;
  timed_process &operator=(const timed_process &) = delete;

  // measured_calls::time(). Throws std::runtime_error once the process has ended.
  std::vector<double> time(unsigned int chunks);

private:
  core::unique_fd line_; // both ways
  pid_t pid_ = -1;
};

} // namespace bindscope::bench
