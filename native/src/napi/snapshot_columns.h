// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <napi.h>

#include "core/snapshot.h"

namespace bindscope::addon {

// `SnapshotColumns` of contract/kernel-event.ts. The memory is JavaScript's own: Electron allows no
// other.
Napi::Object to_columns(Napi::Env env, const core::snapshot &taken);

} // namespace bindscope::addon
