// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/* Listening, TCP. The tracepoint speaks before the kernel is sure; the other two after. */
#include <bindscope/identity.h>
#include <bindscope/sockets.h>

/* Remembers the socket as a listener, keeping the time of its bind. */
static __always_inline void track_listener(const struct bs_event *event)
{
	__u64 cookie = event->cookie;
	struct tracked_socket *known = bpf_map_lookup_elem(&sockets, &cookie);
	if (known) {
		if (known->as == TRACKED_BOUND)
			known->as = TRACKED_LISTENER;
		if (event->port)
			known->port = event->port;
		return;
	}
	struct tracked_socket socket = tracked_of(event, TRACKED_SINCE_LISTEN);
	track(cookie, &socket, BPF_ANY);
}

static __always_inline void listening(struct sock *sk, __u64 cookie, __u16 hook, __u8 flags)
{
	struct task_struct *task = current_task();
	struct bs_event event = { .time_ns = bpf_ktime_get_boot_ns() };
	fill_socket(&event, sk, cookie);
	track_listener(&event);

	struct bs_identity_event *record = reserve_identity(task, BS_LISTENING, hook);
	if (!record)
		return;
	record->event.time_ns = event.time_ns;
	fill_socket(&record->event, sk, cookie);
	record->event.flags |= flags;
	bpf_ringbuf_submit(record, 0);
}

/* A failed inet_csk_listen_start leaves the state CLOSE, so the state says whether it succeeded. */
static __always_inline bool listens_now(struct sock *sk)
{
	return BPF_CORE_READ(sk, __sk_common.skc_state) == TCP_LISTEN &&
	       BPF_CORE_READ(sk, sk_protocol) == IPPROTO_TCP;
}

SEC("fexit/inet_csk_listen_start")
int BPF_PROG(listen_start_exit, struct sock *sk)
{
	if (listens_now(sk))
		listening(sk, trusted_socket_cookie(sk), BS_HOOK_FEXIT_INET_CSK_LISTEN_START, 0);
	return 0;
}

/* The socket between entry and return, by thread. Insert: the entry program. Delete: the return
 * program. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4096);
	__type(key, __u32);
	__type(value, struct sock *);
} listen_calls SEC(".maps");

/* Makes the cookie that a kprobe program can only read: nobody may have asked for it yet. */
SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(listen_cookie, struct sock *sk, int old_state, int new_state)
{
	if (new_state == TCP_LISTEN)
		trusted_socket_cookie(sk);
	return 0;
}

/* Makes the cookie with the socket, where tracing programs cannot make it (before 5.12). Must
 * return 1: allowed. */
SEC("cgroup/sock_create")
int cookie_at_birth(struct bpf_sock *ctx)
{
	bpf_get_socket_cookie(ctx);
	return 1;
}

SEC("kprobe/inet_csk_listen_start")
int BPF_KPROBE(listen_start_probe, struct sock *sk)
{
	__u32 tid = (__u32)bpf_get_current_pid_tgid();
	bpf_map_update_elem(&listen_calls, &tid, &sk, BPF_ANY);
	return 0;
}

SEC("kretprobe/inet_csk_listen_start")
int BPF_KRETPROBE(listen_start_return_probe)
{
	__u32 tid = (__u32)bpf_get_current_pid_tgid();
	struct sock **found = bpf_map_lookup_elem(&listen_calls, &tid);
	if (!found)
		return 0;
	struct sock *sk = *found;
	bpf_map_delete_elem(&listen_calls, &tid);
	if (listens_now(sk))
		listening(sk, stored_cookie(sk), BS_HOOK_KRETPROBE_INET_CSK_LISTEN_START, 0);
	return 0;
}

/* Takes back what listen_state told a moment ago. */
static __always_inline void take_back(struct sock *sk)
{
	__u64 cookie = stored_cookie(sk);
	struct tracked_socket *known = bpf_map_lookup_elem(&sockets, &cookie);
	if (known && known->as == TRACKED_SINCE_LISTEN)
		bpf_map_delete_elem(&sockets, &cookie);
	else if (known)
		known->as = TRACKED_BOUND;
	struct bs_event *event =
		reserve_event(current_task(), BS_LISTEN_FAILED, BS_HOOK_TP_BTF_INET_SOCK_SET_STATE);
	if (!event)
		return;
	fill_socket(event, sk, cookie);
	bpf_ringbuf_submit(event, 0);
}

SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(listen_state, struct sock *sk, int old_state, int new_state)
{
	if (new_state == TCP_LISTEN) {
		if (BPF_CORE_READ(sk, sk_protocol) == IPPROTO_TCP)
			listening(sk, trusted_socket_cookie(sk), BS_HOOK_TP_BTF_INET_SOCK_SET_STATE,
				  BS_UNCONFIRMED);
	} else if (old_state == TCP_LISTEN && new_state == TCP_CLOSE) {
		if (BPF_CORE_READ(sk, sk_protocol) == IPPROTO_TCP && listen_failed(sk))
			take_back(sk);
	}
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
