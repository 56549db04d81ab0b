// SPDX-License-Identifier: Apache-2.0
#include "core/skipped_runs.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "core/clocks.h"

namespace bindscope::core {

namespace {

constexpr std::uint64_t between_readings_ns = 1'000'000'000;

std::function<std::uint64_t()> total_of(std::vector<unique_fd> programs) {
  programs.erase(std::remove_if(programs.begin(), programs.end(),
                                [](const unique_fd &program) {
                                  return !skipped_runs_of(descriptor_info(program.get()));
                                }),
                 programs.end());
  // Copied with the function.
  const auto shared = std::make_shared<const std::vector<unique_fd>>(std::move(programs));
  return [shared] {
    std::uint64_t total = 0;
    for (const unique_fd &program : *shared)
      total += skipped_runs_of(descriptor_info(program.get())).value_or(0);
    return total;
  };
}

} // namespace

std::optional<std::uint64_t> skipped_runs_of(const descriptor_info &program) {
  return program.number("recursion_misses");
}

skipped_runs::skipped_runs(std::vector<unique_fd> programs)
    : skipped_runs(total_of(std::move(programs))) {}

skipped_runs::skipped_runs(std::function<std::uint64_t()> total) : total_(std::move(total)) {
  read();
}

bool skipped_runs::due() const {
  return boot_clock() - read_ns_ >= between_readings_ns;
}

loss skipped_runs::read() {
  const std::uint64_t before = boot_clock();
  const std::uint64_t total = std::max(total_(), last_);
  const loss found{total - last_, read_ns_, boot_clock()};
  last_ = total;
  read_ns_ = before;
  return found;
}

} // namespace bindscope::core
