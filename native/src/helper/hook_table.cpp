// SPDX-License-Identifier: Apache-2.0
#include "helper/hook_table.h"

#include <algorithm>

namespace bindscope::helper {

using handoff::fact;

const std::vector<ladder> &hook_table() {
  static const std::vector<ladder> table = {
      // Not by a system call tracepoint: that slows every call of every process for a fact that
      // `bound` and `bind_failed` tell better.
      {fact::attempted,
       need::first,
       {
           {"fentry/security_socket_bind", "bind_attempt", {"security_socket_bind_entry"}},
           {"kprobe/security_socket_bind", "bind_attempt", {"security_socket_bind_probe"}},
       }},
      {fact::bound,
       need::every,
       {
           {"cgroup/post_bind4", "bind", {"post_bind4"}},
           {"cgroup/post_bind6", "bind", {"post_bind6"}},
       }},
      {fact::bind_failed,
       need::first,
       {
           {"fexit/__sys_bind", "bind_failed", {"sys_bind_exit"}},
           {"kretprobe/__sys_bind", "bind_failed", {"sys_bind_probe", "sys_bind_return_probe"}},
           {"tracepoint/syscalls/sys_exit_bind",
            "bind_failed",
            {"sys_enter_bind", "sys_exit_bind"}},
       }},
      {fact::listening,
       need::first,
       {
           {"fexit/inet_csk_listen_start", "listen", {"listen_start_exit"}},
           {"kretprobe/inet_csk_listen_start",
            "listen",
            {"listen_cookie", "listen_start_probe", "listen_start_return_probe"}},
           {"tp_btf/inet_sock_set_state", "listen", {"listen_state"}},
       }},
      {fact::closed,
       need::every,
       {
           {release_hook, "release", {"sock_release"}},
           {"tp_btf/inet_sock_set_state", "release", {"listener_state"}},
       }},
      {fact::exec, need::first, {{"tp_btf/sched_process_exec", "process", {"process_exec"}}}},
      {fact::exit, need::first, {{"tp_btf/sched_process_exit", "process", {"process_exit"}}}},
      {fact::sockets, need::first, {{"iter/task_file", "iterators", {"holders"}}}},
      {fact::processes,
       need::first,
       {
           {"iter.s/task", "iterators", {"processes_with_args"}},
           {"iter/task", "iterators", {"processes"}},
       }},
      {fact::activity,
       need::first,
       {{connections_iterator, "activity", {"connection_state", "open_connections"}}}},
  };
  return table;
}

std::vector<std::string> hook_names() {
  std::vector<std::string> names;
  for (const ladder &ladder : hook_table())
    for (const rung &rung : ladder.rungs)
      if (std::find(names.begin(), names.end(), rung.name) == names.end())
        names.push_back(rung.name);
  return names;
}

} // namespace bindscope::helper
