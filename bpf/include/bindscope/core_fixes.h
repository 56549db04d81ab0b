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
 * Whether the current task is inside listen(2), by any system call table. 5.15 (dd6e10fbd9fb)
 * brought bpf_task_pt_regs; before it the answer is no.
 */
static __always_inline bool in_listen_syscall(void)
{
	if (!bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_task_pt_regs))
		return false;
	struct task_struct *task = (struct task_struct *)bpf_get_current_task_btf();
	if (BPF_CORE_READ(task, flags) & PF_KTHREAD)
		return false;
	struct pt_regs *regs = (struct pt_regs *)bpf_task_pt_regs(task);
#if defined(__TARGET_ARCH_x86)
	unsigned int number = (unsigned int)BPF_CORE_READ(regs, orig_ax);
	/* x86-64 and x32 listen, i386 listen, i386 socketcall(SYS_LISTEN). */
	return number == 50 || number == (0x40000000 | 50) || number == 363 ||
	       (number == 102 && (unsigned int)BPF_CORE_READ(regs, bx) == 4);
#elif defined(__TARGET_ARCH_arm64)
	int number = BPF_CORE_READ(regs, syscallno);
	return number == 201 || number == 284;
#else
#error "add the number of listen(2) of this architecture"
#endif
}

/* Newer kernels tell sched_process_exit whether the process goes with this thread. */
static __always_inline bool group_dead_is_told(void)
{
	struct trace_event_raw_sched_process_exit *event = NULL;
	return bpf_core_field_exists(event->group_dead);
}

#endif
