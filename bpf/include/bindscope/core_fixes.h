/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * All that differs between kernel versions, and the version or commit that changed it. Dead
 * branches are cut by the verifier, so a helper that the running kernel lacks may stand behind one.
 */
#ifndef BINDSCOPE_CORE_FIXES_H
#define BINDSCOPE_CORE_FIXES_H

#include <bindscope/kernel_types.h>

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)
struct task_struct___before_5_5 {
	__u64 real_start_time;
};
#pragma clang attribute pop

/* 5.5 (cf25e24db61c) renamed real_start_time to start_boottime. */
static __always_inline __u64 task_start_time(struct task_struct *task)
{
	if (bpf_core_field_exists(task->start_boottime))
		return BPF_CORE_READ(task, start_boottime);
	return BPF_CORE_READ((struct task_struct___before_5_5 *)task, real_start_time);
}

/*
 * 5.12 (c5dbb89fc2ac) let tracing programs ask for a socket's cookie, which makes one if there is
 * none. Before, the cookie is 0 until somebody asked for it. The verifier knows the signature only
 * by the kernel version, for which bpf_check_mtu, new in 5.12, stands.
 */
static __always_inline bool cookie_can_be_made(void)
{
	return bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_check_mtu);
}

/* `sk` as the verifier trusts it: a tracepoint's argument, or what such an argument points to. */
static __always_inline __u64 trusted_socket_cookie(struct sock *sk)
{
	if (cookie_can_be_made())
		return bpf_get_socket_cookie(sk);
	return (__u64)BPF_CORE_READ(sk, __sk_common.skc_cookie.counter);
}

/* 5.11 (b60da4955f53) brought bpf_sock_from_file. */
static __always_inline bool sock_from_file_exists(void)
{
	return bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_sock_from_file);
}

/*
 * The registers that the current task entered the kernel with. 5.15 (dd6e10fbd9fb) brought
 * bpf_task_pt_regs; before it we look where that looks, at the top of the kernel's stack. The size
 * of the stack is that of kernels without KASAN and, on arm64, with pages of 4 or 16 KiB; elsewhere
 * what is read means nothing.
 */
static __always_inline struct pt_regs *user_registers(void)
{
	if (bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_task_pt_regs))
		return (struct pt_regs *)bpf_task_pt_regs(
			(struct task_struct *)bpf_get_current_task_btf());
	void *stack = BPF_CORE_READ((struct task_struct *)bpf_get_current_task(), stack);
	return stack + KERNEL_STACK_SIZE - bpf_core_type_size(struct pt_regs);
}

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)
struct inet_sock___before_6_6 {
	__u8 bind_address_no_port : 1;
};
#pragma clang attribute pop

/*
 * Whether bind() to port 0 is to leave the port to connect() (IP_BIND_ADDRESS_NO_PORT). 6.6
 * (ca571e2eb7eb) moved the option from a member of its own into inet_flags.
 */
static __always_inline bool bind_leaves_port_open(struct inet_sock *inet)
{
	if (bpf_core_field_exists(inet->inet_flags))
		return BPF_CORE_READ(inet, inet_flags) & INET_FLAGS_BIND_ADDRESS_NO_PORT;
	struct inet_sock___before_6_6 *older = (struct inet_sock___before_6_6 *)inet;
	return BPF_CORE_READ_BITFIELD_PROBED(older, bind_address_no_port);
}

/* Newer kernels tell sched_process_exit whether the process goes with this thread. */
static __always_inline bool group_dead_is_told(void)
{
	struct trace_event_raw_sched_process_exit *event = NULL;
	return bpf_core_field_exists(event->group_dead);
}

#endif
