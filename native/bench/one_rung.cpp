// SPDX-License-Identifier: Apache-2.0
#include "one_rung.h"

#include <algorithm>

#include "handoff/fact_names.h"
#include "helper/hook_table.h"

namespace bindscope::bench {

std::string text_of(const rung_name &rung) {
  return std::string(handoff::fact_name(rung.first)) + "=" + rung.second;
}

std::vector<rung_name> all_rungs() {
  std::vector<rung_name> rungs;
  for (const helper::ladder &ladder : helper::hook_table())
    for (const helper::rung &rung : ladder.rungs)
      rungs.emplace_back(ladder.told, rung.name);
  return rungs;
}

std::vector<std::string> alone(const rung_name &rung) {
  std::vector<std::string> arguments = {"--hooks", text_of(rung)};
  for (const std::string &hook : helper::hook_names())
    if (hook != rung.second)
      arguments.insert(arguments.end(), {"--without", hook});
  // The hook itself may not be switched off. What else it tells is asked for by a hook that is.
  for (const helper::ladder &ladder : helper::hook_table()) {
    const auto is_it = [&](const helper::rung &one) { return one.name == rung.second; };
    const auto other = std::find_if_not(ladder.rungs.begin(), ladder.rungs.end(), is_it);
    if (ladder.told != rung.first && other != ladder.rungs.end() &&
        std::any_of(ladder.rungs.begin(), ladder.rungs.end(), is_it))
      arguments.insert(arguments.end(), {"--hooks", text_of({ladder.told, other->name})});
  }
  return arguments;
}

} // namespace bindscope::bench
