// SPDX-License-Identifier: Apache-2.0
//
// Each fact is told by the best hook that the running kernel offers. A ladder lists the
// alternatives, best first; climbing it tries them one by one and keeps the words of those that
// failed.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "handoff/handoff.h"

namespace bindscope::helper {

// One alternative: programs of one eBPF object that only work together.
struct rung {
  std::string name;                  // as users know it
  std::string object;                // NAME of bpf/NAME.bpf.c
  std::vector<std::string> programs; // attached in this order
  // Of the same object, attached after the others where the kernel has what they are for.
  std::vector<std::string> companions = {};
  // Has the same programs, for kernels that refuse those of `object`.
  std::string older_object = {};
  std::string not_by_default = {}; // why it is attached only where it is asked for by name
};

enum class need {
  first, // the first rung that works; those after it are unused
  every, // each rung tells a part: all that work
};

struct ladder {
  handoff::fact told;
  helper::need need;
  std::vector<rung> rungs;
};

struct failure {
  int error; // errno > 0, 0 where there is none
  std::string reason;
};

struct hook_report {
  handoff::fact told;
  std::string name;
  handoff::hook_state state;
  int error = 0;
  std::string reason; // also where companions could not be attached
};

// What the command line leaves of the table.
struct hook_choice {
  struct told_by {
    handoff::fact told;
    std::string name;
  };
  std::vector<std::string> without; // hooks not to be tried, whatever they tell
  std::vector<told_by> only;        // a fact named here is told by the hooks named with it alone

  // Whether a rung is asked for by name.
  bool names(handoff::fact told, const std::string &name) const;
  // Why a rung is not to be tried; nullopt when it is.
  std::optional<std::string> against(handoff::fact told, const std::string &name) const;
};

// Loads and attaches the programs of a rung (but no companions), or says why not and leaves nothing
// behind.
using attach_function = std::function<std::optional<failure>(const rung &)>;

// One report per rung, in order. Rungs that `choice` is against count as failed and are not tried;
// those that are not taken by default, as unused, with the reason.
std::vector<hook_report> climb(const ladder &ladder, const hook_choice &choice,
                               const attach_function &attach);

} // namespace bindscope::helper
