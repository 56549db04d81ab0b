// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "handoff/handoff.h"
#include "helper/ladder.h"

namespace bindscope::helper {

using passed_descriptor = std::pair<handoff::descriptor, int>;

// Says iterators::by_peer. Texts that do not fit are cut at a character, never inside one. At most
// max_descriptors descriptors; reports past max_hooks are left out.
handoff::message make_message(handoff::status result, const std::string &text,
                              const std::vector<hook_report> &reports,
                              const std::vector<passed_descriptor> &descriptors);

// Sends the message with its descriptors attached. Returns 0 or an errno.
int send_message(int socket, const handoff::message &message,
                 const std::vector<passed_descriptor> &descriptors);

} // namespace bindscope::helper
