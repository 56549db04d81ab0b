// SPDX-License-Identifier: Apache-2.0
#include "core/hooks.h"

namespace bindscope::core {

const char *const bs_hook_names[BS_HOOK_COUNT] = {
    "none",
    "cgroup/post_bind4",
    "cgroup/post_bind6",
    "cgroup/sock_release",
    "tp_btf/inet_sock_set_state",
    "tp_btf/sched_process_exec",
    "tp_btf/sched_process_exit",
    "tracepoint/syscalls/sys_exit_bind",
    "fentry/security_socket_bind",
    "kprobe/security_socket_bind",
    "fexit/__sys_bind",
    "kretprobe/__sys_bind",
    "fexit/inet_csk_listen_start",
    "kretprobe/inet_csk_listen_start",
    "sock_diag destroy",
    "cgroup/bind",
    "cgroup/bind+task_work",
    "cgroup/bind+sock_release",
    "lsm/socket_bind",
    "tracepoint/syscalls/sys_enter_bind",
};

const char *hook_name(std::uint32_t hook) {
  return hook < BS_HOOK_COUNT ? bs_hook_names[hook] : "unknown";
}

} // namespace bindscope::core
