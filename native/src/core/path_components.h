// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace bindscope::core {

// Appends the absolute path that the kernel side told as components from the leaf to the root, each
// ended by NUL and without slashes. A cut path (BS_PATH_CUT: the root end is missing) begins with
// "/…/". Appends nothing for no components.
void append_path(std::string &out, std::string_view components, bool cut);

} // namespace bindscope::core
