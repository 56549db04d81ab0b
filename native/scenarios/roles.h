// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "performer.h"

namespace bindscope::scenarios {

// What a process does that a performer became by exec:
//   hold GATE    stays as it is until the gate opens
//   serve GATE   is a server at every endpoint, then the same
// Throws std::runtime_error for any other.
void play_role(const std::string &role, performer &me, const std::vector<std::string> &words);

// This program's file once more, somewhere else; removed at the end.
class other_program {
public:
  other_program();
  ~other_program();
  other_program(const other_program &) = delete;
  other_program &operator=(const other_program &) = delete;
  const std::string &path() const { return path_; }

private:
  std::string path_;
};

// Copies this program to a path, executable. Throws std::system_error.
void copy_own_program(const std::string &path);

} // namespace bindscope::scenarios
