// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/session.h"

namespace bindscope::bench {

// What the product attaches, the product's own way: a helper (this program, started again), and a
// session that reads what the programs tell. Both end with this object; the kernel takes the
// programs down a moment later. One thread.
class attached_programs {
public:
  // `arguments`: of the helper, besides --stdin. Throws core::helper_failure.
  explicit attached_programs(const std::vector<std::string> &arguments);

  // As the helper reported them, those that are not attached as well.
  const std::vector<core::hook_report> &hooks() const { return hooks_; }

private:
  std::vector<core::hook_report> hooks_;
  std::unique_ptr<core::session> session_;
};

} // namespace bindscope::bench
