// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "helper/ladder.h"

namespace bindscope::helper {

constexpr const char *release_hook = "cgroup/sock_release";
// The iterator over a map of the same object.
constexpr const char *connections_iterator = "iter/bpf_sk_storage_map";

// All ladders, in the order of handoff::fact.
const std::vector<ladder> &hook_table();

// Every hook once, as users know them.
std::vector<std::string> hook_names();

} // namespace bindscope::helper
