// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/* A process runs another program, or ends. */
#include <bindscope/identity.h>

SEC("tp_btf/sched_process_exec")
int BPF_PROG(process_exec, struct task_struct *task)
{
	struct bs_identity_event *record =
		reserve_identity(task, BS_EXEC, BS_HOOK_TP_BTF_SCHED_PROCESS_EXEC);
	if (record)
		bpf_ringbuf_submit(record, 0);
	return 0;
}

/* The status that wait() will give: of the group where exit_group or a signal ended it, else of the
 * leader. */
static __always_inline int wait_status(struct task_struct *task)
{
	struct signal_struct *signal = BPF_CORE_READ(task, signal);
	if (BPF_CORE_READ(signal, flags) & SIGNAL_GROUP_EXIT)
		return BPF_CORE_READ(signal, group_exit_code);
	return BPF_CORE_READ(task, group_leader, exit_code);
}

SEC("tp_btf/sched_process_exit")
int BPF_PROG(process_exit, struct task_struct *task)
{
	if (!last_thread_exits(ctx, task))
		return 0;
	struct bs_event *event = reserve_event(task, BS_EXIT, BS_HOOK_TP_BTF_SCHED_PROCESS_EXIT);
	if (!event)
		return 0;
	event->error = wait_status(task);
	bpf_ringbuf_submit(event, 0);
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
