/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* A bind as the cgroup hooks before it show it: the socket, and the address and port as asked. */
#ifndef BINDSCOPE_BIND_CONTEXT_H
#define BINDSCOPE_BIND_CONTEXT_H

#include <bindscope/sockets.h>

struct asked_bind {
	__u64 cookie;
	__u32 netns;
	__u16 family;
	__u16 port;
	__u8 address[16];
	__u8 protocol;
	__u8 reserved[7];
};

/* Through what the context is to the kernel: as a plain address, which can be read like any other.
 * The member `sk` of struct bpf_sock_addr cannot. */
static __always_inline struct sock *socket_to_bind(struct bpf_sock_addr *ctx)
{
	return BPF_CORE_READ((struct bpf_sock_addr_kern *)ctx, sk);
}

/* False where we do not tell of the socket's protocol. */
static __always_inline bool read_asked_bind(struct asked_bind *asked, struct bpf_sock_addr *ctx)
{
	__u32 protocol = ctx->protocol;
	if (!protocol_is_told(protocol))
		return false;
	__builtin_memset(asked, 0, sizeof(*asked));
	asked->cookie = bpf_get_socket_cookie(ctx);
	asked->netns = socket_netns(socket_to_bind(ctx));
	asked->family = ctx->family;
	asked->port = bpf_ntohs((__be16)ctx->user_port);
	asked->protocol = protocol;
	return true;
}

static __always_inline bool read_asked_bind4(struct asked_bind *asked, struct bpf_sock_addr *ctx)
{
	if (!read_asked_bind(asked, ctx))
		return false;
	__u32 address = ctx->user_ip4;
	__builtin_memcpy(asked->address, &address, sizeof(address));
	return true;
}

static __always_inline bool read_asked_bind6(struct asked_bind *asked, struct bpf_sock_addr *ctx)
{
	if (!read_asked_bind(asked, ctx))
		return false;
	__u32 address[4] = { ctx->user_ip6[0], ctx->user_ip6[1], ctx->user_ip6[2],
			     ctx->user_ip6[3] };
	__builtin_memcpy(asked->address, address, sizeof(address));
	return true;
}

/* Whether a bind that succeeds gives no port, so that no post_bind program runs. */
static __always_inline bool keeps_no_port(const struct asked_bind *asked, struct bpf_sock_addr *ctx)
{
	return asked->port == 0 && bind_leaves_port_open((struct inet_sock *)socket_to_bind(ctx));
}

static __always_inline void fill_asked_bind(struct bs_event *event, const struct asked_bind *asked)
{
	event->cookie = asked->cookie;
	event->netns = asked->netns;
	event->family = asked->family;
	event->port = asked->port;
	event->protocol = asked->protocol;
	__builtin_memcpy(event->address, asked->address, sizeof(event->address));
}

#endif
