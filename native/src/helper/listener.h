// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "helper/options.h"

namespace bindscope::helper {

// --listen: accepts peers and serves each in a process of its own, until SIGTERM, SIGINT or (with
// --until-stdin-closes) the end of standard input; then ends those processes too and removes the
// socket. Returns the exit status.
int run_listener(const options &settings);

} // namespace bindscope::helper
