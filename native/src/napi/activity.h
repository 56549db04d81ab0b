// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <napi.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "core/activity.h"

namespace bindscope::addon {

// The argument of `watchActivity`. Throws a TypeError for anything but a Uint16Array.
std::vector<std::uint16_t> to_ports(const Napi::CallbackInfo &info);

// What `readActivity` returns: reads on a thread of libuv's pool; null without a probe.
Napi::Promise activity_promise(Napi::Env env, std::shared_ptr<const core::activity_probe> probe);

} // namespace bindscope::addon
