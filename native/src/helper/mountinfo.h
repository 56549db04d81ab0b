// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <istream>
#include <string>
#include <vector>

namespace bindscope::helper {

// A line of /proc/PID/mountinfo, escapes undone.
struct mount_entry {
  std::string root;  // what of the file system is mounted: "/" for all of it
  std::string point; // where
  std::string type;  // e.g. "cgroup2"
};

// Lines that are not of the documented form are left out.
std::vector<mount_entry> parse_mountinfo(std::istream &lines);

} // namespace bindscope::helper
