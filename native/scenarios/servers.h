// SPDX-License-Identifier: Apache-2.0
//
// A server at every endpoint: bound, and listening where the transport knows that. Its sockets have
// the names of their endpoints.
#pragma once

#include <string>
#include <vector>

#include "stage.h"

namespace bindscope::scenarios {

// The performer's side. Without a port the kernel chooses one. Throws where anything fails.
int serve_at(performer &me, const endpoint &where, std::uint16_t port = 0);
std::vector<int> serve_everywhere(performer &me);
void close_all(const std::vector<int> &descriptors);

// The stage's side: what is told until now of such a server, all of it by one process.
std::vector<act> opening_at(const endpoint &where, const std::string &by = "");
// The same, and that its last holder let go.
std::vector<act> life_at(const endpoint &where, const std::string &by = "",
                         const std::string &closer = "");
// Of the kernel, as snapshots tell it.
std::uint8_t state_at(const endpoint &where);

void held_everywhere(stage &on, const std::vector<std::string> &processes);
void opened_everywhere(stage &on, const std::string &by = "");
void lived_everywhere(stage &on, const std::string &by = "", const std::string &closer = "");

} // namespace bindscope::scenarios
