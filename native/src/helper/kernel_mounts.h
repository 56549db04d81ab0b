// SPDX-License-Identifier: Apache-2.0
//
// The kernel file systems that attaching needs. Where nobody mounted them, they are mounted in
// a mount namespace of this process alone, so nothing shows outside.
#pragma once

#include <string>

#include "core/unique_fd.h"

namespace bindscope::helper {

class kernel_mounts {
public:
  // The root of the cgroup v2 hierarchy; -1 when there is none, with the reason.
  int cgroup_root(std::string &reason);

  // Whether libbpf will find tracefs; if not, with the reason.
  bool tracefs(std::string &reason);

  // Whether the kernel asks eBPF programs among its security modules; if not, with the reason.
  // Where it does not, they are loaded and attached all the same, and never run.
  bool asks_bpf_as_security_module(std::string &reason);

private:
  bool own_namespace(std::string &reason);
  bool mount_privately(const char *type, const char *point, std::string &reason);

  bool private_ = false;
  core::unique_fd cgroup_root_;
};

} // namespace bindscope::helper
