// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace bindscope::scenarios {

// How a run ended, as exit statuses.
enum class verdict { passed = 0, failed = 1, known_gaps = 3 };

/*
 * Runs the scenarios once for each rung that the kernel offers, and prints a line a rung,
 * round (the rungs that work together) and scenario:
 *
 *   KERNEL release
 *   RUNG fact=hook attached | refused REASON
 *   ROUND fact=hook,…
 *   SCENARIO name fact=hook,… PASS | FAIL fact: REASON | GAP REASON | UNSUPPORTED REASON
 *   DONE passed failed gaps unsupported
 *
 * `wanted`: names of scenarios; empty for all. Needs root.
 */
verdict run_suite(const std::vector<std::string> &wanted);

std::vector<std::string> scenario_names();

} // namespace bindscope::scenarios
