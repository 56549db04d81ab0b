// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * Attempted: a bind about to be tried, with the address and port as asked. Nothing of success, and
 * no more of who it is than the process: what becomes of the bind has that.
 */
#include <bindscope/bind_context.h>
#include <bindscope/identity.h>
#include <bindscope/socket_address.h>

static __always_inline void read_asked(struct bs_event *event, const void *address, bool of_user)
{
	struct asked_address asked = {};
	if (of_user) {
		bpf_probe_read_user(&asked, ASKED_HEAD, address);
		if (asked.family == AF_INET6)
			bpf_probe_read_user(&asked, sizeof(asked), address);
	} else {
		bpf_probe_read_kernel(&asked, ASKED_HEAD, address);
		if (asked.family == AF_INET6)
			bpf_probe_read_kernel(&asked, sizeof(asked), address);
	}
	__builtin_memset(event->address, 0, sizeof(event->address));
	fill_asked(event, &asked);
}

static __always_inline int attempted(struct sock *sk, const void *address, bool of_user, __u16 hook)
{
	if (!sk || !is_inet(BPF_CORE_READ(sk, __sk_common.skc_family)))
		return 0;
	__u8 protocol = protocol_of_bind(sk);
	if (!protocol)
		return 0;

	struct bs_event *event = reserve_event(current_task(), BS_ATTEMPTED, hook);
	if (!event)
		return 0;
	fill_socket(event, sk, stored_cookie(sk));
	event->protocol = protocol;

	read_asked(event, address, of_user);
	bpf_ringbuf_submit(event, 0);
	return 0;
}

/* `address` is the kernel's copy. */
static __always_inline int attempted_by_socket(struct socket *socket, const void *address,
					       __u16 hook)
{
	return attempted(BPF_CORE_READ(socket, sk), address, false, hook);
}

SEC("kprobe/security_socket_bind")
int BPF_KPROBE(security_socket_bind_probe, struct socket *socket, struct sockaddr *address)
{
	return attempted_by_socket(socket, address, BS_HOOK_KPROBE_SECURITY_SOCKET_BIND);
}

SEC("fentry/security_socket_bind")
int BPF_PROG(security_socket_bind_entry, struct socket *socket, struct sockaddr *address)
{
	return attempted_by_socket(socket, address, BS_HOOK_FENTRY_SECURITY_SOCKET_BIND);
}

/* Must return 0: allowed. */
SEC("lsm/socket_bind")
int BPF_PROG(socket_bind_checked, struct socket *socket, struct sockaddr *address)
{
	return attempted_by_socket(socket, address, BS_HOOK_LSM_SOCKET_BIND);
}

/* What the kernel binds for itself is told by the other hooks, and so by these. Not seen: what
 * fails before the kernel asks them, which is an address that is too short, and the refusal of a
 * security module. */
static __always_inline int attempted_by_context(const struct asked_bind *asked)
{
	struct bs_event *event = reserve_event(current_task(), BS_ATTEMPTED, BS_HOOK_CGROUP_BIND);
	if (event) {
		fill_asked_bind(event, asked);
		bpf_ringbuf_submit(event, 0);
	}
	return 1;
}

SEC("cgroup/bind4")
int attempt_of_bind4(struct bpf_sock_addr *ctx)
{
	struct asked_bind asked;
	return read_asked_bind4(&asked, ctx) ? attempted_by_context(&asked) : 1;
}

SEC("cgroup/bind6")
int attempt_of_bind6(struct bpf_sock_addr *ctx)
{
	struct asked_bind asked;
	return read_asked_bind6(&asked, ctx) ? attempted_by_context(&asked) : 1;
}

SEC("tracepoint/syscalls/sys_enter_bind")
int sys_enter_bind_attempt(struct trace_event_raw_sys_enter *ctx)
{
	struct sock *sk = socket_of_descriptor(current_task(), (__u32)ctx->args[0]);
	return attempted(sk, (const void *)ctx->args[1], true, BS_HOOK_TP_SYS_ENTER_BIND);
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
