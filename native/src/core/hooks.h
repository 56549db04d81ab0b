// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "core/records.h"

namespace bindscope::core {

// Names of `enum bs_hook` as users know them, in its order.
extern const char *const bs_hook_names[BS_HOOK_COUNT];

// "unknown" for a number outside the enum, so that a newer kernel side is never misnamed.
const char *hook_name(std::uint32_t hook);

} // namespace bindscope::core
