// SPDX-License-Identifier: Apache-2.0
//
// Whoever starts the helper → helper: a command line, its arguments ended by NUL. The path of a
// helper's socket is also the engine's to look at.
#include <unistd.h>

#include <algorithm>
#include <vector>

#include "core/helper_client.h"
#include "core/helper_failure.h"
#include "helper/hook_table.h"
#include "helper/options.h"
#include "input.h"

using namespace bindscope;

namespace {

void check(const helper::options &parsed) {
  using helper::mode;
  if (parsed.mode == mode::help || parsed.mode == mode::version)
    return;
  const bool listens = parsed.mode == mode::listen;
  fuzz::require(listens != parsed.listen_path.empty(), "--listen has a path, and nothing else has");
  fuzz::require(!listens || (parsed.listen_path.front() == '/' && parsed.peer_uid),
                "--listen has an absolute path and one user");
  fuzz::require(listens || !parsed.until_stdin_closes, "an end is watched for by --listen only");
  fuzz::require(parsed.mode != mode::serve_systemd || !parsed.peer_uid,
                "the socket unit alone says who may connect");
  fuzz::require(parsed.peer_uid != static_cast<uid_t>(-1), "no user is no peer");
  fuzz::require(parsed.ring_bytes >= static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE)) &&
                    parsed.ring_bytes <= 1u << 30 &&
                    (parsed.ring_bytes & (parsed.ring_bytes - 1)) == 0,
                "a ring buffer is a power of two of whole pages");
  static const std::vector<std::string> known = helper::hook_names();
  const auto is_known = [](const std::string &name) {
    return std::find(known.begin(), known.end(), name) != known.end();
  };
  fuzz::require(
      std::all_of(parsed.hooks.without.begin(), parsed.hooks.without.end(), is_known) &&
          std::all_of(parsed.hooks.only.begin(), parsed.hooks.only.end(),
                      [&](const helper::hook_choice::told_by &one) { return is_known(one.name); }),
      "every hook named is one of ours");
}

// Below a folder in which nothing is a socket.
void look_for_helper(const std::string &path) {
  if (path.find("..") != path.npos)
    return;
  try {
    core::connect_to_helper("/proc/self/net/stat" + path);
    fuzz::require(false, "there is no helper where there is no socket");
  } catch (const core::helper_failure &failure) {
    fuzz::require(failure.why == core::helper_failure::kind::unreachable, "no socket, no helper");
  }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *bytes, std::size_t size) {
  fuzz::input input(bytes, size);
  std::vector<std::string> arguments;
  while (!input.empty())
    arguments.emplace_back(input.until('\0'));
  try {
    const helper::options parsed = helper::parse_options(arguments);
    check(parsed);
    look_for_helper(parsed.listen_path);
  } catch (const helper::usage_error &error) {
    const std::string said = error.what();
    fuzz::require(!said.empty() && !fuzz::has_control_character(said),
                  "a complaint is one line of words");
  }
  return 0;
}
