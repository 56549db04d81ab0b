// SPDX-License-Identifier: Apache-2.0
#include "helper/ladder.h"

#include <algorithm>

namespace bindscope::helper {

using handoff::hook_state;

std::vector<hook_report> climb(const ladder &ladder, const std::vector<std::string> &without,
                               const attach_function &attach) {
  std::vector<hook_report> reports;
  bool settled = false;
  for (const rung &rung : ladder.rungs) {
    hook_report report{ladder.told, rung.name, hook_state::unused, 0, {}};
    if (!settled) {
      std::optional<failure> failed;
      if (std::find(without.begin(), without.end(), rung.name) != without.end())
        failed = failure{0, "switched off by --without"};
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
