// SPDX-License-Identifier: Apache-2.0
//
// /proc → engine: each reader of a text gets the same text, whichever it was meant for. A process
// chooses its name and its cgroup's, so none of it can be trusted.
#include "core/descriptor_info.h"
#include "core/holderless.h"
#include "core/path_components.h"
#include "core/proc_fs.h"
#include "input.h"

using namespace bindscope;

namespace {

bool within(std::string_view part, std::string_view whole) {
  return part.empty() ||
         (part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size());
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *bytes, std::size_t size) {
  fuzz::input input(bytes, size);
  const std::string_view text = input.rest();

  if (const auto stat = core::parse_stat(text)) {
    fuzz::require(within(stat->comm, text), "a name is part of its text");
    core::nanoseconds_of_ticks(stat->start_ticks);
  }
  core::parse_real_uid(text);
  if (const auto path = core::parse_cgroup2_path(text)) {
    fuzz::require(within(*path, text), "a cgroup's path is part of its text");
    fuzz::require(path->find('\n') == std::string_view::npos, "a cgroup's path is one line");
  }
  core::parse_inode_link(text, "socket");
  core::parse_inode_link(text, "net");
  core::parse_sockets_in_use(text);

  const core::descriptor_info info{std::string(text)};
  for (const char *key : {"map_type", "max_entries", "map_flags", "link_type", "prog_id", ""}) {
    info.text(key);
    info.number(key);
  }

  std::string path;
  core::append_path(path, text, false);
  fuzz::require(path.empty() || path.front() == '/', "a path is absolute or none");
  core::append_path(path, text, true);
  return 0;
}
