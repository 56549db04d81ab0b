// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <optional>

#include "helper/options.h"

namespace bindscope::helper {

// Serves one connected peer until it hangs up, then ends the process: there is no way back from
// what is dropped. `expected` is the only user served, none for any. Exit status as in usage().
[[noreturn]] void serve(int socket, std::optional<uid_t> expected, const options &settings);

// Tells a peer that it is not served.
void refuse(int socket, const std::string &why);

} // namespace bindscope::helper
