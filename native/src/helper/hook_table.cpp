// SPDX-License-Identifier: Apache-2.0
#include "helper/hook_table.h"

#include <sys/utsname.h>

#include <algorithm>
#include <cstdio>
#include <utility>

namespace bindscope::helper {

using handoff::fact;

namespace {

// A system call tracepoint puts every task on the slow path of every system call.
constexpr const char *slows_every_call = "slows every system call; attached only on request";

// What the programs that tell of listeners need beside them: before 5.12 they cannot make a
// socket's cookie, and nobody else asks for that of one that was never bound.
std::vector<std::string> cookie_maker() {
  utsname kernel{};
  ::uname(&kernel);
  int major = 0, minor = 0;
  std::sscanf(kernel.release, "%d.%d", &major, &minor);
  return std::make_pair(major, minor) < std::make_pair(5, 12)
             ? std::vector<std::string>{"cookie_at_birth"}
             : std::vector<std::string>{};
}

} // namespace

const std::vector<ladder> &hook_table() {
  static const std::vector<ladder> table = {
      {fact::attempted,
       need::first,
       {
           {"kprobe/security_socket_bind", "bind_attempt", {"security_socket_bind_probe"}},
           {"fentry/security_socket_bind", "bind_attempt", {"security_socket_bind_entry"}},
           {"lsm/socket_bind", "bind_attempt", {"socket_bind_checked"}},
           {"cgroup/bind", "bind_attempt", {"attempt_of_bind4", "attempt_of_bind6"}},
           {"tracepoint/syscalls/sys_enter_bind",
            "bind_attempt",
            {"sys_enter_bind_attempt"},
            {},
            {},
            slows_every_call},
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
           {"fexit/__sys_bind", "bind_failed", {"sys_bind_exit"}, {"sys_bind_socket_exit"}},
           {"kretprobe/__sys_bind",
            "bind_failed",
            {"sys_bind_probe", "sys_bind_return_probe"},
            {"sys_bind_socket_probe", "sys_bind_socket_return_probe"}},
           {"cgroup/bind+task_work",
            "bind_result",
            {"result_of_bind4", "result_of_bind6", "success_of_bind4", "success_of_bind6"},
            {},
            "bind_result_6_18"},
           {"cgroup/bind+sock_release",
            "bind_unconfirmed",
            {"note_of_bind4", "note_of_bind6", "confirmed_bind4", "confirmed_bind6",
             "released_unbound"}},
           {"tracepoint/syscalls/sys_exit_bind",
            "bind_failed",
            {"sys_enter_bind", "sys_exit_bind"},
            {},
            {},
            slows_every_call},
       }},
      {fact::listening,
       need::first,
       {
           {"fexit/inet_csk_listen_start", "listen", {"listen_start_exit"}, cookie_maker()},
           {"kretprobe/inet_csk_listen_start",
            "listen",
            {"listen_cookie", "listen_start_probe", "listen_start_return_probe"},
            cookie_maker()},
           {"tp_btf/inet_sock_set_state", "listen", {"listen_state"}, cookie_maker()},
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
