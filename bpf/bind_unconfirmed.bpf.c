// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * Bind failed, where nothing better is: the bind hooks of the root cgroup note who asked for what,
 * and the post_bind hooks take the note away. A note that is still there when the same socket is
 * bound again or let go was of a bind that failed; why, nobody says (error 0). Told late, with the
 * time and the identity of the attempt.
 *
 * Not seen: what bind_result.bpf.c does not see either, and MPTCP, whose subflow is let go without
 * a hook.
 */
#include <bindscope/identity.h>
#include <bindscope/bind_context.h>

/*
 * Socket cookie to the record that tells of the failure. Insert: the bind programs. Delete: the
 * post_bind programs, and whoever tells it.
 */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4096);
	__type(key, __u64);
	__type(value, struct bs_event);
} unconfirmed_binds SEC(".maps");

static __always_inline void tell_failed(__u64 cookie)
{
	struct bs_event *noted = bpf_map_lookup_elem(&unconfirmed_binds, &cookie);
	if (!noted)
		return;
	struct bs_event *event = bpf_ringbuf_reserve(&ring, sizeof(*event), 0);
	if (event) {
		__builtin_memcpy(event, noted, sizeof(*event));
		bpf_ringbuf_submit(event, 0);
	} else {
		count_lost();
	}
	bpf_map_delete_elem(&unconfirmed_binds, &cookie);
}

static __always_inline void note_attempt(const struct asked_bind *asked, bool may_have_no_port)
{
	__u64 cookie = asked->cookie;
	tell_failed(cookie);
	/* Where success is not seen, nothing is known. */
	if (may_have_no_port || current_way_of_bind() == BIND_BY_KERNEL)
		return;
	struct bs_event event = {};
	fill_event(&event, current_task(), BS_BIND_FAILED, sizeof(event),
		   BS_HOOK_CGROUP_BIND_SOCK_RELEASE);
	fill_asked_bind(&event, asked);
	bpf_map_update_elem(&unconfirmed_binds, &cookie, &event, BPF_ANY);
}

SEC("cgroup/bind4")
int note_of_bind4(struct bpf_sock_addr *ctx)
{
	struct asked_bind asked;
	if (read_asked_bind4(&asked, ctx))
		note_attempt(&asked, keeps_no_port(&asked, ctx));
	return 1;
}

SEC("cgroup/bind6")
int note_of_bind6(struct bpf_sock_addr *ctx)
{
	struct asked_bind asked;
	if (read_asked_bind6(&asked, ctx))
		note_attempt(&asked, keeps_no_port(&asked, ctx));
	return 1;
}

static __always_inline int forget_attempt(struct bpf_sock *ctx)
{
	__u64 cookie = bpf_get_socket_cookie(ctx);
	bpf_map_delete_elem(&unconfirmed_binds, &cookie);
	return 1;
}

SEC("cgroup/post_bind4")
int confirmed_bind4(struct bpf_sock *ctx)
{
	return forget_attempt(ctx);
}

SEC("cgroup/post_bind6")
int confirmed_bind6(struct bpf_sock *ctx)
{
	return forget_attempt(ctx);
}

SEC("cgroup/sock_release")
int released_unbound(struct bpf_sock *ctx)
{
	tell_failed(bpf_get_socket_cookie(ctx));
	return 1;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
