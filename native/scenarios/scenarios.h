// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "stage.h"

namespace bindscope::scenarios {

struct scenario {
  const char *name;
  void (*play)(stage &on);
};

// By subject, a list a file.
extern const std::vector<scenario> binding;
extern const std::vector<scenario> listening;
extern const std::vector<scenario> holding;
extern const std::vector<scenario> processes;
extern const std::vector<scenario> protocols;
extern const std::vector<scenario> isolation;
extern const std::vector<scenario> activity;

// States of the kernel, as snapshots tell them; UDP has the first two.
constexpr std::uint8_t state_established = 1;
constexpr std::uint8_t state_close = 7;
constexpr std::uint8_t state_listen = 10;

} // namespace bindscope::scenarios
