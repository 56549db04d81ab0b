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

struct ended_process {
	__u64 start_time_ns;
	__u64 tgid;
};

/* Processes whose end was told, where threads cannot tell which of them is the last. Insert: the
 * program below. Delete: nobody; the oldest go. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1024);
	__type(key, struct ended_process);
	__type(value, __u8);
} ended_processes SEC(".maps");

/*
 * Whether the process goes with this thread. Without the tracepoint's word: signal->live is 0 once
 * the last thread has counted itself out, and threads that end at the same instant all see 0; the
 * first that comes here is taken.
 */
static __always_inline bool last_thread_exits(unsigned long long *ctx, struct task_struct *task)
{
	if (group_dead_is_told())
		return (ctx[1] & 1) != 0;
	if (BPF_CORE_READ(task, signal, live.counter) != 0)
		return false;
	struct ended_process process = {
		.start_time_ns = task_start_time(BPF_CORE_READ(task, group_leader)),
		.tgid = BPF_CORE_READ(task, tgid),
	};
	__u8 told = 1;
	return bpf_map_update_elem(&ended_processes, &process, &told, BPF_NOEXIST) == 0;
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
