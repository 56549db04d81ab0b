// SPDX-License-Identifier: Apache-2.0
#include "helper/ladder.h"

#include <algorithm>

namespace bindscope::helper {

using handoff::hook_state;

bool hook_choice::names(handoff::fact told, const std::string &name) const {
  return std::any_of(only.begin(), only.end(),
                     [&](const told_by &one) { return one.told == told && one.name == name; });
}

std::optional<std::string> hook_choice::against(handoff::fact told, const std::string &name) const {
  if (std::find(without.begin(), without.end(), name) != without.end())
    return "switched off by --without";
  if (names(told, name) ||
      std::none_of(only.begin(), only.end(), [&](const told_by &one) { return one.told == told; }))
    return std::nullopt;
  return "switched off by --hooks";
}

std::vector<hook_report> climb(const ladder &ladder, const hook_choice &choice,
                               const attach_function &attach) {
  std::vector<hook_report> reports;
  bool settled = false;
  for (const rung &rung : ladder.rungs) {
    hook_report report{ladder.told, rung.name, hook_state::unused, 0, {}};
    const std::optional<std::string> against = choice.against(ladder.told, rung.name);
    if (!against && !rung.not_by_default.empty() && !choice.names(ladder.told, rung.name)) {
      report.reason = rung.not_by_default;
    } else if (!settled) {
      std::optional<failure> failed;
      if (against)
        failed = failure{0, *against};
      else
        failed = attach(rung);
      if (failed) {
        report.state = hook_state::failed;
        report.error = failed->error;
        report.reason = failed->reason;
      } else {
        report.state = hook_state::attached;
        if (!rung.companions.empty())
          if (const std::optional<failure> left_out =
                  attach({rung.name, rung.object, rung.companions}))
            report.reason = "in part: " + left_out->reason;
        settled = ladder.need == need::first;
      }
    }
    reports.push_back(std::move(report));
  }
  return reports;
}

} // namespace bindscope::helper
