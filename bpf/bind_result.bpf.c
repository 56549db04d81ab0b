// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * Bind failed, without a probe on the call: the bind hooks of the root cgroup schedule a task work,
 * which runs when the thread is about to return to user mode. There the result of bind(2) lies in
 * the thread's saved registers. Linux 6.18+; nothing but binds pays for it.
 *
 * Not seen: what fails before the kernel asks these hooks, which is an address that cannot be read
 * or is too short, and the refusal of a security module; and requests of io_uring that are carried
 * out while the thread is in another call, which are not told from what the kernel binds for
 * itself. The result of an io_uring request is in no register: that it failed is known, since no
 * post_bind program saw it, but not why (error 0).
 */
#include <bindscope/identity.h>
#include <bindscope/bind_context.h>

/* As the kernel lays it out in a map's value, where it is found by the type's name. */
struct bpf_task_work {
	__u64 opaque;
} __attribute__((aligned(8)));

/* Defined, for libbpf compares whole signatures. */
struct bpf_map {
	__u32 id;
};
typedef int (*bpf_task_work_callback_t)(struct bpf_map *map, void *key, void *value);

#ifdef BEFORE_IMPLICIT_ARGUMENTS
extern int bpf_task_work_schedule_resume_impl(struct task_struct *task, struct bpf_task_work *work,
					      void *map, bpf_task_work_callback_t callback,
					      void *aux) __ksym;
#else
extern int bpf_task_work_schedule_resume(struct task_struct *task, struct bpf_task_work *work,
					 void *map, bpf_task_work_callback_t callback) __ksym;
#endif

/* Of a call: cookie 0, for a thread is in one at a time. Of io_uring: the socket's. */
struct bind_key {
	__u64 cookie;
	__u32 tid;
	__u32 reserved;
};

/* A bind between the hooks and the thread's return to user mode. */
struct pending_bind {
	struct bpf_task_work work;
	struct call_site site;
	struct asked_bind asked;
	__u8 succeeded; /* io_uring: a post_bind program saw it */
	__u8 by_io_uring;
	__u8 reserved[6];
};

/* Insert: the bind programs. Delete: the task work, which runs also when the thread ends. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 4096);
	__type(key, struct bind_key);
	__type(value, struct pending_bind);
} pending_binds SEC(".maps");

static __always_inline void tell_failed(const struct asked_bind *asked, int error)
{
	struct bs_identity_event *record =
		reserve_identity(current_task(), BS_BIND_FAILED, BS_HOOK_CGROUP_BIND_TASK_WORK);
	if (!record)
		return;
	fill_asked_bind(&record->event, asked);
	record->event.error = error;
	bpf_ringbuf_submit(record, 0);
}

static int before_return_to_user(struct bpf_map *map, void *key, void *value)
{
	struct bind_key pending_key = *(struct bind_key *)key;
	struct pending_bind pending = *(struct pending_bind *)value;
	bpf_map_delete_elem(&pending_binds, &pending_key);

	if (pending.by_io_uring) {
		if (!pending.succeeded)
			tell_failed(&pending.asked, 0);
		return 0;
	}
	struct pt_regs *user = user_registers();
	struct call_site now = call_site_of(user);
	if (!is_same_call(&pending.site, &now)) {
		count_lost(); /* too late: the thread is in another call */
		return 0;
	}
	int result = call_result(user);
	if (result < 0)
		tell_failed(&pending.asked, -result);
	return 0;
}

static __always_inline int schedule(struct pending_bind *pending)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task_btf();
#ifdef BEFORE_IMPLICIT_ARGUMENTS
	return bpf_task_work_schedule_resume_impl(task, &pending->work, &pending_binds,
						  before_return_to_user, NULL);
#else
	return bpf_task_work_schedule_resume(task, &pending->work, &pending_binds,
					     before_return_to_user);
#endif
}

static __always_inline void bind_begins(const struct asked_bind *asked, bool may_have_no_port)
{
	enum way_of_bind way = current_way_of_bind();
	if (way == BIND_BY_KERNEL)
		return;
	struct bind_key key = { .tid = (__u32)bpf_get_current_pid_tgid() };
	struct pending_bind begun = { .asked = *asked };
	if (way == BIND_BY_IO_URING) {
		/* Success would not be seen by the post_bind programs. */
		if (may_have_no_port)
			return;
		key.cookie = asked->cookie;
		begun.by_io_uring = 1;
	} else {
		begun.site = call_site_of(user_registers());
	}
	long error = bpf_map_update_elem(&pending_binds, &key, &begun, BPF_NOEXIST);
	struct pending_bind *pending = error ? NULL : bpf_map_lookup_elem(&pending_binds, &key);
	if (!pending) {
		count_lost();
		return;
	}
	if (schedule(pending)) {
		bpf_map_delete_elem(&pending_binds, &key);
		count_lost();
	}
}

SEC("cgroup/bind4")
int result_of_bind4(struct bpf_sock_addr *ctx)
{
	struct asked_bind asked;
	if (read_asked_bind4(&asked, ctx))
		bind_begins(&asked, keeps_no_port(&asked, ctx));
	return 1;
}

SEC("cgroup/bind6")
int result_of_bind6(struct bpf_sock_addr *ctx)
{
	struct asked_bind asked;
	if (read_asked_bind6(&asked, ctx))
		bind_begins(&asked, keeps_no_port(&asked, ctx));
	return 1;
}

static __always_inline int bind_succeeded(struct bpf_sock *ctx)
{
	struct bind_key key = {
		.cookie = bpf_get_socket_cookie(ctx),
		.tid = (__u32)bpf_get_current_pid_tgid(),
	};
	struct pending_bind *pending = bpf_map_lookup_elem(&pending_binds, &key);
	if (pending)
		pending->succeeded = 1;
	return 1;
}

SEC("cgroup/post_bind4")
int success_of_bind4(struct bpf_sock *ctx)
{
	return bind_succeeded(ctx);
}

SEC("cgroup/post_bind6")
int success_of_bind6(struct bpf_sock *ctx)
{
	return bind_succeeded(ctx);
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
