// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

#include "handoff/handoff.h"

namespace bindscope::handoff {

// As `Fact` in contract/status.ts spells them, in the order of `fact`.
constexpr const char *fact_names[] = {"attempted", "bound", "bind_failed", "listening", "closed",
                                      "exec",      "exit",  "sockets",     "processes", "activity"};
static_assert(sizeof(fact_names) / sizeof(*fact_names) ==
              static_cast<std::size_t>(fact::activity) + 1);

constexpr const char *fact_name(fact told) {
  return fact_names[static_cast<std::size_t>(told)];
}

} // namespace bindscope::handoff
