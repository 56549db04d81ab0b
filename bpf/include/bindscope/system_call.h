/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* In which system call the current task is, by the numbers of every table of the architecture. */
#ifndef BINDSCOPE_SYSTEM_CALL_H
#define BINDSCOPE_SYSTEM_CALL_H

#include <bindscope/core_fixes.h>

/* Of a task that came from user mode; the registers of others mean nothing. */
static __always_inline __u32 system_call_number(struct pt_regs *user)
{
#if defined(__TARGET_ARCH_x86)
	return (__u32)BPF_CORE_READ(user, orig_ax);
#elif defined(__TARGET_ARCH_arm64)
	return (__u32)BPF_CORE_READ(user, syscallno);
#else
#error "add where the number of the system call is on this architecture"
#endif
}

#if defined(__TARGET_ARCH_x86)
#define X32 0x40000000

/* One call of i386's socketcall(2): SYS_BIND is 2, SYS_LISTEN 4. */
static __always_inline bool is_socketcall(struct pt_regs *user, __u32 number, __u32 call)
{
	return number == 102 && (__u32)BPF_CORE_READ(user, bx) == call;
}
#endif

static __always_inline bool is_listen(struct pt_regs *user, __u32 number)
{
#if defined(__TARGET_ARCH_x86)
	return number == 50 || number == (X32 | 50) || number == 363 ||
	       is_socketcall(user, number, 4);
#else
	return number == 201 || number == 284;
#endif
}

static __always_inline bool is_bind(struct pt_regs *user, __u32 number)
{
#if defined(__TARGET_ARCH_x86)
	return number == 49 || number == (X32 | 49) || number == 361 ||
	       is_socketcall(user, number, 2);
#else
	return number == 200 || number == 282;
#endif
}

static __always_inline bool is_io_uring_enter(__u32 number)
{
#if defined(__TARGET_ARCH_x86)
	return number == 426 || number == (X32 | 426);
#else
	return number == 426;
#endif
}

static __always_inline bool in_listen_syscall(void)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	if (BPF_CORE_READ(task, flags) & PF_KTHREAD)
		return false;
	struct pt_regs *user = user_registers();
	return is_listen(user, system_call_number(user));
}

enum way_of_bind {
	BIND_BY_CALL,	  /* bind(2) */
	BIND_BY_IO_URING, /* by a worker, or where the requests were handed in */
	BIND_BY_KERNEL,	  /* for itself: NFS, WireGuard */
};

static __always_inline enum way_of_bind current_way_of_bind(void)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	__u32 flags = BPF_CORE_READ(task, flags);
	if (flags & PF_KTHREAD)
		return BIND_BY_KERNEL;
	if (flags & PF_IO_WORKER)
		return BIND_BY_IO_URING;
	struct pt_regs *user = user_registers();
	__u32 number = system_call_number(user);
	if (is_io_uring_enter(number))
		return BIND_BY_IO_URING;
	return is_bind(user, number) ? BIND_BY_CALL : BIND_BY_KERNEL;
}

/* Tells one call from another of the same thread. */
struct call_site {
	__u64 address; /* of the instruction after it */
	__u64 stack;
	__u32 number;
	__u32 reserved;
};

static __always_inline struct call_site call_site_of(struct pt_regs *user)
{
	struct call_site site = { .number = system_call_number(user) };
#if defined(__TARGET_ARCH_x86)
	site.address = BPF_CORE_READ(user, ip);
	site.stack = BPF_CORE_READ(user, sp);
#else
	site.address = BPF_CORE_READ(user, user_regs.pc);
	site.stack = BPF_CORE_READ(user, user_regs.sp);
#endif
	return site;
}

/* Whether a thread that was in one call still is, once it is about to return. */
static __always_inline bool is_same_call(const struct call_site *begun, const struct call_site *now)
{
	bool same_number = now->number == begun->number;
#if defined(__TARGET_ARCH_arm64)
	/* Where a signal waits, the number is forgotten before task works run. */
	same_number = same_number || now->number == (__u32)-1;
#endif
	return same_number && now->address == begun->address && now->stack == begun->stack;
}

/* What the call returns to user mode, once it is about to. */
static __always_inline int call_result(struct pt_regs *user)
{
#if defined(__TARGET_ARCH_x86)
	return (int)BPF_CORE_READ(user, ax);
#else
	return (int)BPF_CORE_READ(user, user_regs.regs[0]);
#endif
}

#endif
