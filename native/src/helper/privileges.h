// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace bindscope::helper {

// What loading and attaching needs and this process has not, by name; empty when nothing is
// missing.
std::vector<std::string> missing_capabilities();

// The effective capabilities as /proc tells them in CapEff, one bit each.
std::uint64_t effective_capabilities();

// Gives up for good: user and groups (for `uid`, or nobody when that is root), all capabilities,
// and the way back by exec. CAP_BPF alone stays, permitted and effective, where `needs_cap_bpf`
// says so, which is asked while no capability is in effect. Returns whether it stayed. Throws
// std::system_error; then the process must end at once.
bool drop_privileges(uid_t uid, const std::function<bool()> &needs_cap_bpf);

} // namespace bindscope::helper
