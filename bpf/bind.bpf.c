// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * Bound: after success, with the port the kernel gave. On the root cgroup, so for every process.
 * The programs must allow: 1 in every case.
 */
#include <bindscope/identity.h>
#include <bindscope/sockets.h>

/*
 * The context of these programs is the kernel's struct sock under another name; as a plain address
 * it can be read like any other. UAPI fields are used where they exist.
 */
static __always_inline void bound(struct bpf_sock *ctx, const __u32 *address, __u32 words,
				  __u16 hook)
{
	if (!protocol_is_told(ctx->protocol))
		return;

	__u64 cookie = bpf_get_socket_cookie(ctx);
	struct bs_event event = {
		.time_ns = bpf_ktime_get_boot_ns(),
		.cookie = cookie,
		.netns = socket_netns((struct sock *)ctx),
		.family = ctx->family,
		.protocol = ctx->protocol,
		.port = ctx->src_port,
	};
	__builtin_memcpy(event.address, address, words * sizeof(*address));

	/* Before the record is reserved: a close can be told even when the ring is full now, and
	 * the verifier of 6.1 loses sight of a reservation whose pointer is tested twice. */
	if (release_is_watched()) {
		struct tracked_socket socket = tracked_of(&event, TRACKED_BOUND);
		track(cookie, &socket, BPF_ANY);
	}

	struct bs_identity_event *record = reserve_identity(current_task(), BS_BOUND, hook);
	if (!record)
		return;
	record->event.time_ns = event.time_ns;
	record->event.cookie = cookie;
	record->event.netns = event.netns;
	record->event.family = event.family;
	record->event.protocol = event.protocol;
	record->event.port = event.port;
	__builtin_memcpy(record->event.address, event.address, sizeof(event.address));
	bpf_ringbuf_submit(record, 0);
}

SEC("cgroup/post_bind4")
int post_bind4(struct bpf_sock *ctx)
{
	__u32 address[1] = { ctx->src_ip4 };
	bound(ctx, address, 1, BS_HOOK_CGROUP_POST_BIND4);
	return 1;
}

SEC("cgroup/post_bind6")
int post_bind6(struct bpf_sock *ctx)
{
	__u32 address[4] = { ctx->src_ip6[0], ctx->src_ip6[1], ctx->src_ip6[2], ctx->src_ip6[3] };
	bound(ctx, address, 4, BS_HOOK_CGROUP_POST_BIND6);
	return 1;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
