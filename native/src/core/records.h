// SPDX-License-Identifier: Apache-2.0
//
// The kernel's records for user space; events.h wants the kernel's integer names first.
#pragma once

#include <linux/types.h>

#include "bindscope/events.h"
