// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "handoff/handoff.h"

namespace bindscope::bench {

using rung_name = std::pair<handoff::fact, std::string>;

// "bound=cgroup/post_bind4"
std::string text_of(const rung_name &rung);

// Every rung of the helper's table, in its order.
std::vector<rung_name> all_rungs();

// Arguments of a helper that attaches this rung and no other. A hook that another fact is told by
// as well is attached for that fact, too, where the fact has no other hook.
std::vector<std::string> alone(const rung_name &rung);

} // namespace bindscope::bench
