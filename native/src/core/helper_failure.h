// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <stdexcept>
#include <string>

namespace bindscope::core {

// Why there is no helper. `text` is a sentence for the user.
struct helper_failure : std::runtime_error {
  enum class kind {
    refused,     // the helper does not serve us
    failed,      // the helper could attach nothing
    unreachable, // none there, or none that may be trusted
    declined,    // the user or polkit said no
    protocol,    // what came is not the hand-off we know
  };

  helper_failure(kind reason, const std::string &text) : std::runtime_error(text), why(reason) {}

  kind why;
};

} // namespace bindscope::core
