// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "core/descriptor_info.h"
#include "core/loss.h"
#include "core/unique_fd.h"

namespace bindscope::core {

// How many runs of a program the kernel has left out since it was loaded, because another run was
// interrupted on the same CPU; nullopt where it does not say (before Linux 5.12).
std::optional<std::uint64_t> skipped_runs_of(const descriptor_info &program);

/*
 * Runs of the helper's programs that the kernel left out. What such a run would have told is lost,
 * and nothing else tells so: the count must be read. A run need not have had something to tell, so
 * what is told as lost is an upper bound. One thread only.
 */
class skipped_runs {
public:
  // A reading costs the kernel a short text of each program.
  explicit skipped_runs(std::vector<unique_fd> programs);
  // `total`: the count of all programs together. Where it is less than before, some could not be
  // read: what they count is told by a later reading.
  explicit skipped_runs(std::function<std::uint64_t()> total);

  // Whether the last reading is so long ago that another is worth it while events flow.
  bool due() const;

  // What was left out since the reading before: at most so many events, in this window.
  loss read();

private:
  std::function<std::uint64_t()> total_;
  std::uint64_t last_ = 0;
  std::uint64_t read_ns_ = 0; // boot clock, just before `last_` was read
};

} // namespace bindscope::core
