// SPDX-License-Identifier: Apache-2.0
#include "helper/ladder.h"

#include <algorithm>

namespace bindscope::helper {

using handoff::hook_state;

std::optional<std::string> hook_choice::against(handoff::fact told, const std::string &name) const {
  if (std::find(without.begin(), without.end(), name) != without.end())
    return "switched off by --without";
  const auto is_of_fact = [&](const told_by &one) { return one.told == told; };
  if (std::none_of(only.begin(), only.end(), is_of_fact) ||
      std::any_of(only.begin(), only.end(),
                  [&](const told_by &one) { return is_of_fact(one) && one.name == name; }))
    return std::nullopt;
  return "switched off by --hooks";
}

std::vector<hook_report> climb(const ladder &ladder, const hook_choice &choice,
                               const attach_function &attach) {
  std::vector<hook_report> reports;
  bool settled = false;
  for (const rung &rung : ladder.rungs) {
    hook_report report{ladder.told, rung.name, hook_state::unused, 0, {}};
    if (!settled) {
      std::optional<failure> failed;
      if (std::optional<std::string> reason = choice.against(ladder.told, rung.name))
        failed = failure{0, std::move(*reason)};
      else
        failed = attach(rung);
      if (failed) {
        report.state = hook_state::failed;
        report.error = failed->error;
        report.reason = failed->reason;
      } else {
        report.state = hook_state::attached;
        settled = ladder.need == need::first;
      }
    }
    reports.push_back(std::move(report));
  }
  return reports;
}

} // namespace bindscope::helper
