// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/* Bind failed: errno, and the address and port as asked. Of sockets whose protocol we tell. */
#include <bindscope/identity.h>
#include <bindscope/socket_address.h>

struct bind_call {
	unsigned long fd;
	const void *address; /* in user space */
};

/*
 * The calls between entry and return, by thread. Insert: the entry program. Delete: the return
 * program. A thread that is killed in bind() leaves its entry until its id is used again: bounded,
 * and the newest win.
 */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4096);
	__type(key, __u32);
	__type(value, struct bind_call);
} bind_calls SEC(".maps");

static __always_inline void bind_begins(unsigned long fd, const void *address)
{
	__u32 tid = (__u32)bpf_get_current_pid_tgid();
	struct bind_call call = { .fd = fd, .address = address };
	bpf_map_update_elem(&bind_calls, &tid, &call, BPF_ANY);
}

/* `asked` is of what was asked, and zero where that cannot be read. */
static __always_inline int bind_failed(struct sock *sk, const struct asked_address *asked,
				       long error, __u16 hook)
{
	if (!sk || !is_inet(BPF_CORE_READ(sk, __sk_common.skc_family)))
		return 0;
	__u8 protocol = protocol_of_bind(sk);
	if (!protocol)
		return 0;

	struct bs_identity_event *record = reserve_identity(current_task(), BS_BIND_FAILED, hook);
	if (!record)
		return 0;
	fill_socket(&record->event, sk, stored_cookie(sk));
	record->event.protocol = protocol;
	record->event.error = (__s32)-error;

	__builtin_memset(record->event.address, 0, sizeof(record->event.address));
	fill_asked(&record->event, asked);
	bpf_ringbuf_submit(record, 0);
	return 0;
}

/* `address` is in user space. */
static __always_inline int call_failed(unsigned long fd, const void *address, long error,
				       __u16 hook)
{
	struct sock *sk = socket_of_descriptor(current_task(), (__u32)fd);
	struct asked_address asked = {};
	bpf_probe_read_user(&asked, ASKED_HEAD, address);
	if (asked.family == AF_INET6)
		bpf_probe_read_user(&asked, sizeof(asked), address);
	return bind_failed(sk, &asked, error, hook);
}

static __always_inline int bind_ends(long result, __u16 hook)
{
	__u32 tid = (__u32)bpf_get_current_pid_tgid();
	struct bind_call *found = bpf_map_lookup_elem(&bind_calls, &tid);
	if (!found)
		return 0;
	struct bind_call call = *found;
	bpf_map_delete_elem(&bind_calls, &tid);
	return result < 0 ? call_failed(call.fd, call.address, result, hook) : 0;
}

SEC("fexit/__sys_bind")
int BPF_PROG(sys_bind_exit, int fd, struct sockaddr *address, int length, int result)
{
	return result < 0 ? call_failed((unsigned int)fd, address, result, BS_HOOK_FEXIT_SYS_BIND)
			  : 0;
}

SEC("kprobe/__sys_bind")
int BPF_KPROBE(sys_bind_probe, int fd, struct sockaddr *address)
{
	bind_begins((unsigned int)fd, address);
	return 0;
}

SEC("kretprobe/__sys_bind")
int BPF_KRETPROBE(sys_bind_return_probe, int result)
{
	return bind_ends(result, BS_HOOK_KRETPROBE_SYS_BIND);
}

SEC("tracepoint/syscalls/sys_enter_bind")
int sys_enter_bind(struct trace_event_raw_sys_enter *ctx)
{
	bind_begins(ctx->args[0], (const void *)ctx->args[1]);
	return 0;
}

SEC("tracepoint/syscalls/sys_exit_bind")
int sys_exit_bind(struct trace_event_raw_sys_exit *ctx)
{
	return bind_ends(ctx->ret, BS_HOOK_TP_SYS_EXIT_BIND);
}

/*
 * 6.11 (7481fd93fa0a) brought bind by io_uring, which calls this function, as bind(2) does, and
 * nobody else. What is of bind(2) is left to the programs above; a request may be carried out in
 * any other call. `address` is the kernel's copy.
 */
static __always_inline int request_failed(struct socket *socket, const void *address, int result,
					  __u16 hook)
{
	if (result >= 0 || current_way_of_bind() == BIND_BY_CALL)
		return 0;
	struct asked_address asked = {};
	bpf_probe_read_kernel(&asked, ASKED_HEAD, address);
	if (asked.family == AF_INET6)
		bpf_probe_read_kernel(&asked, sizeof(asked), address);
	return bind_failed(BPF_CORE_READ(socket, sk), &asked, result, hook);
}

SEC("fexit/__sys_bind_socket")
int BPF_PROG(sys_bind_socket_exit, struct socket *socket, void *address, int length, int result)
{
	return request_failed(socket, address, result, BS_HOOK_FEXIT_SYS_BIND);
}

struct bind_request {
	struct socket *socket;
	const void *address;
};

/* As bind_calls, of requests. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4096);
	__type(key, __u32);
	__type(value, struct bind_request);
} bind_requests SEC(".maps");

SEC("kprobe/__sys_bind_socket")
int BPF_KPROBE(sys_bind_socket_probe, struct socket *socket, void *address)
{
	if (current_way_of_bind() == BIND_BY_CALL)
		return 0;
	__u32 tid = (__u32)bpf_get_current_pid_tgid();
	struct bind_request request = { .socket = socket, .address = address };
	bpf_map_update_elem(&bind_requests, &tid, &request, BPF_ANY);
	return 0;
}

SEC("kretprobe/__sys_bind_socket")
int BPF_KRETPROBE(sys_bind_socket_return_probe, int result)
{
	__u32 tid = (__u32)bpf_get_current_pid_tgid();
	struct bind_request *found = bpf_map_lookup_elem(&bind_requests, &tid);
	if (!found)
		return 0;
	struct bind_request request = *found;
	bpf_map_delete_elem(&bind_requests, &tid);
	return request_failed(request.socket, request.address, result, BS_HOOK_KRETPROBE_SYS_BIND);
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
