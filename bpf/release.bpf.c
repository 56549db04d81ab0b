// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * Closed: the last holder let go of the socket, or a listener left LISTEN (shutdown, connect to
 * AF_UNSPEC, ss -K). Whichever comes first tells it and forgets the socket, so it is told once.
 */
#include <bindscope/identity.h>
#include <bindscope/sockets.h>

/* `port`: used where the port was not known when the socket began to be tracked. */
static __always_inline void closed(__u64 cookie, const struct tracked_socket *socket, __u16 port,
				   __u16 hook)
{
	struct bs_event *event = reserve_event(current_task(), BS_CLOSED, hook);
	if (event) {
		fill_tracked(event, socket, cookie);
		if (event->port == 0)
			event->port = port;
		bpf_ringbuf_submit(event, 0);
	}
	bpf_map_delete_elem(&sockets, &cookie);
}

/* Runs for every socket of the machine; the map tells which are of interest. Must return 1. */
SEC("cgroup/sock_release")
int sock_release(struct bpf_sock *ctx)
{
	__u64 cookie = bpf_get_socket_cookie(ctx);
	struct tracked_socket *socket = bpf_map_lookup_elem(&sockets, &cookie);
	if (socket)
		closed(cookie, socket, BPF_CORE_READ((struct sock *)ctx, __sk_common.skc_num),
		       BS_HOOK_CGROUP_SOCK_RELEASE);
	return 1;
}

/* A port that listen() chose is given back before the state says so; the copy for the wire stays.
 */
static __always_inline __u16 last_port(struct sock *sk)
{
	__u16 port = BPF_CORE_READ(sk, __sk_common.skc_num);
	return port ? port : bpf_ntohs(BPF_CORE_READ((struct inet_sock *)sk, inet_sport));
}

SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(listener_state, struct sock *sk, int old_state, int new_state)
{
	if (old_state != TCP_LISTEN || new_state != TCP_CLOSE)
		return 0;
	__u64 cookie = stored_cookie(sk);
	struct tracked_socket *socket = bpf_map_lookup_elem(&sockets, &cookie);
	if (socket && socket->as != TRACKED_BOUND && !listen_failed(sk))
		closed(cookie, socket, last_port(sk), BS_HOOK_TP_BTF_INET_SOCK_SET_STATE);
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
