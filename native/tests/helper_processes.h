// SPDX-License-Identifier: Apache-2.0
//
// Forked children, and what /proc says of a process.
#pragma once

#include <sys/types.h>

#include <functional>
#include <map>
#include <string>

namespace bindscope::helper::test {

// What each descriptor of a process is, as /proc says.
std::map<int, std::string> descriptors_of(pid_t pid);

// "soft hard" of a line of /proc/PID/limits.
std::string limit_of(pid_t pid, const std::string &name);

// It is this user in all ways, in no group but nobody's, can gain nothing and cannot be dumped.
void check_given_up(pid_t pid, uid_t user);

// A child that does this and ends with what it returns.
pid_t fork_for(const std::function<int()> &act);

// Waits for its end: the signal that ended it, 0 when it ended by itself.
int killed_by(pid_t child);

} // namespace bindscope::helper::test
