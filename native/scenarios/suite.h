// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace bindscope::scenarios {

/*
 * Runs the scenarios once for each rung that the kernel offers, and prints a line a rung,
 * round (the rungs that work together) and scenario:
 *
 *   KERNEL release
 *   RUNG fact=hook attached | refused REASON
 *   ROUND fact=hook,…
 *   SCENARIO name fact=hook,… PASS | FAIL fact: WHAT | LIMIT fact: WHY | LOST fact: WHAT |
 *                             UNSUPPORTED WHY
 *   DONE passed failed limits lost unsupported
 *
 * LIMIT: all is told as the documentation says that these hooks tell it, which is less than what
 * happened. LOST: what is missing is no more than what was counted as lost. UNSUPPORTED: the kernel
 * lacks what the scenario is about.
 *
 * `wanted`: names of scenarios; empty for all. False where one failed. Needs root.
 */
bool run_suite(const std::vector<std::string> &wanted);

std::vector<std::string> scenario_names();

} // namespace bindscope::scenarios
