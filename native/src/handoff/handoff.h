// SPDX-License-Identifier: Apache-2.0
//
// What the privileged helper says to its one peer: a single SOCK_SEQPACKET message, with the
// descriptors attached by SCM_RIGHTS. After it nothing is said in either direction, but for the
// requests of `iterators::by_helper`; hang-up of one side ends the other. Shared by src/helper and
// src/core, each of which checks what it receives.
#pragma once

#include <cstdint>

namespace bindscope::handoff {

constexpr std::uint32_t magic = 0x42534831; // "BSH1"
constexpr std::uint32_t version = 5;
constexpr std::uint32_t max_hooks = 48;
constexpr std::uint32_t max_descriptors = 32;

enum class status : std::uint32_t {
  ok = 0,
  refused = 1, // the peer is not the one expected; `text` says why
  failed = 2,  // nothing could be loaded; `text` and the hooks say why
};

// Facts, in the order of `Fact` in contract/status.ts.
enum class fact : std::uint32_t {
  attempted = 0,
  bound,
  bind_failed,
  listening,
  closed,
  exec,
  exit,
  sockets,
  processes,
  activity,
};

enum class hook_state : std::uint32_t { attached = 0, failed = 1, unused = 2 };

enum class descriptor : std::uint32_t {
  ring = 1,         // ring buffer map of bs_event records
  stats = 2,        // mmap-able array map of one bs_stats
  iter_process = 3, // link of the process iterator: bs_process_row
  iter_socket = 4,  // link of the socket iterator: bs_socket_row
  // All three or none:
  watched_ports = 5,    // mmap-able array map of one bs_watched_ports, which the peer writes
  activity = 6,         // hash map of bs_activity by bs_activity_key
  iter_connections = 7, // link of an iterator without rows: adds up what open connections carried
  // Any number of them:
  program = 8, // one that tells events, and whose runs the kernel may leave out
};

// Who starts the runs of the iterators whose links are handed over.
enum class iterators : std::uint32_t {
  by_peer = 0,   // the peer; it never says a word
  by_helper = 1, // the helper, when asked: the kernel wants a privilege for it (before Linux 5.19)
};

// With iterators::by_helper. One byte, a `fact`: sockets or processes, of which the link was handed
// over. Nothing is attached. The next may be sent once the last was answered.
using iterator_request = std::uint8_t;

// Its answer, with the one descriptor of the iterator attached where `error` is 0.
struct iterator_reply {
  std::int32_t error; // errno
};

// Texts are UTF-8, NUL-terminated, zero-filled.
struct hook {
  fact told;
  hook_state state;
  std::int32_t error; // errno > 0 when failed
  std::uint32_t reserved;
  char name[48];    // as users know it, e.g. "cgroup/post_bind4"
  char reason[160]; // when failed: in words
};

struct message {
  std::uint32_t magic;
  std::uint32_t version;
  status result;
  std::uint32_t hook_count;
  std::uint32_t descriptor_count;
  std::uint32_t helper_pid; // so that the engine can hide it
  handoff::iterators iterators;
  descriptor descriptors[max_descriptors]; // meaning of the n-th descriptor attached
  char text[256];
  hook hooks[max_hooks];
};

static_assert(sizeof(hook) == 224);
static_assert(sizeof(iterator_reply) == 4);
static_assert(sizeof(message) == 28 + 4 * max_descriptors + 256 + 224 * max_hooks);

} // namespace bindscope::handoff
