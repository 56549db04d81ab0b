// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "helper/ladder.h"

namespace bindscope::helper {

enum class mode { serve_stdin, listen, serve_systemd, help, version };

struct options {
  helper::mode mode = mode::help;
  std::string listen_path;         // listen
  std::optional<uid_t> peer_uid;   // listen: always set
  bool until_stdin_closes = false; // listen
  bool verbose = false;
  bool serve_iterators = false;
  std::uint32_t ring_bytes = 8u << 20;
  hook_choice hooks;
};

// A command line that cannot be obeyed; what() is one line: what, and how to mend it.
class usage_error : public std::runtime_error {
public:
  using std::runtime_error::runtime_error;
};

// Throws usage_error. `arguments` without the program's name.
options parse_options(const std::vector<std::string> &arguments);

// For --help.
std::string usage();

} // namespace bindscope::helper
