// SPDX-License-Identifier: Apache-2.0
//
// /proc/self/mountinfo → helper: whoever mounts chooses the names in it.
#include <algorithm>
#include <sstream>

#include "helper/mountinfo.h"
#include "input.h"

using namespace bindscope;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *bytes, std::size_t size) {
  fuzz::input input(bytes, size);
  const std::string text(input.rest());
  std::istringstream lines(text);
  const std::vector<helper::mount_entry> entries = helper::parse_mountinfo(lines);
  fuzz::require(entries.size() <=
                    static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')) + 1,
                "a line is one mount at most");
  for (const helper::mount_entry &entry : entries)
    fuzz::require(!entry.root.empty() && !entry.point.empty() && !entry.type.empty(),
                  "a mount has a root, a place and a type");
  return 0;
}
