// SPDX-License-Identifier: Apache-2.0
//
// handoff::iterators::by_helper: what is left of the helper starts runs of the iterators, because
// the kernel wants CAP_BPF for that.
#pragma once

#include <cstddef>
#include <optional>

#include "handoff/handoff.h"

namespace bindscope::helper {

// Links of the iterators, -1 where there is none.
struct iterator_links {
  int processes = -1;
  int sockets = -1;
};

// Whether the kernel refuses this thread, as it is now, to start a run of one of them for want of a
// privilege.
bool iterators_need_privilege(const iterator_links &links);

// What a message of the peer asks for; nullopt for anything that is not exactly a request.
std::optional<handoff::fact> parse_iterator_request(const void *bytes, std::size_t size);

// Answers the peer's requests until it hangs up, or says anything else, or does not take its
// answers. One descriptor at a time is made, and closed before the next. Calls nothing but poll,
// recvmsg, bpf(BPF_ITER_CREATE), sendmsg and close.
void serve_iterators(int socket, const iterator_links &links);

} // namespace bindscope::helper
