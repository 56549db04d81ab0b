/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* What: a socket's protocol, address, port, namespace and cookie. */
#ifndef BINDSCOPE_SOCKETS_H
#define BINDSCOPE_SOCKETS_H

#include <bindscope/core_fixes.h>
#include <bindscope/maps.h>
#include <bindscope/system_call.h>

static __always_inline bool is_inet(__u16 family)
{
	return family == AF_INET || family == AF_INET6;
}

static __always_inline bool protocol_is_told(__u32 protocol)
{
	return protocol == IPPROTO_TCP || protocol == IPPROTO_UDP;
}

/*
 * The protocol that is told of a socket that somebody tries to bind: TCP for MPTCP, whose first
 * subflow, plain TCP, is told bound where it succeeds. 0 for what is not told, as are raw sockets:
 * their protocol may be TCP or UDP, but the port of their address means nothing.
 */
static __always_inline __u8 protocol_of_bind(struct sock *sk)
{
	if (BPF_CORE_READ(sk, sk_type) == SOCK_RAW)
		return 0;
	__u32 protocol = BPF_CORE_READ(sk, sk_protocol);
	if (protocol == IPPROTO_MPTCP)
		return IPPROTO_TCP;
	return protocol_is_told(protocol) ? protocol : 0;
}

/* The cookie as it lies in the socket: 0 until somebody asked for it. */
static __always_inline __u64 stored_cookie(struct sock *sk)
{
	return (__u64)BPF_CORE_READ(sk, __sk_common.skc_cookie.counter);
}

static __always_inline __u32 socket_netns(struct sock *sk)
{
	return BPF_CORE_READ(sk, __sk_common.skc_net.net, ns.inum);
}

static __always_inline void read_local_address(__u8 *address, struct sock *sk, __u16 family)
{
	if (family == AF_INET)
		bpf_core_read(address, 4, &sk->__sk_common.skc_rcv_saddr);
	else
		bpf_core_read(address, 16, &sk->__sk_common.skc_v6_rcv_saddr);
}

/* The socket behind a descriptor of the current process, NULL when it is none. */
static __always_inline struct sock *socket_of_descriptor(struct task_struct *task, __u32 fd)
{
	struct fdtable *table = BPF_CORE_READ(task, files, fdt);
	if (!table || fd >= BPF_CORE_READ(table, max_fds))
		return NULL;

	struct file *file = NULL;
	struct file **files = BPF_CORE_READ(table, fd);
	bpf_probe_read_kernel(&file, sizeof(file), files + fd);
	if (!file || (BPF_CORE_READ(file, f_inode, i_mode) & S_IFMT) != S_IFSOCK)
		return NULL;

	struct socket *socket = BPF_CORE_READ(file, private_data);
	return socket ? BPF_CORE_READ(socket, sk) : NULL;
}

/* Fills what a socket tells of itself. Local end only. */
static __always_inline void fill_socket(struct bs_event *event, struct sock *sk, __u64 cookie)
{
	event->cookie = cookie;
	event->netns = socket_netns(sk);
	event->family = BPF_CORE_READ(sk, __sk_common.skc_family);
	event->protocol = (__u8)BPF_CORE_READ(sk, sk_protocol);
	event->port = BPF_CORE_READ(sk, __sk_common.skc_num);
	read_local_address(event->address, sk, event->family);
}

static __always_inline void fill_tracked(struct bs_event *event,
					 const struct tracked_socket *socket, __u64 cookie)
{
	event->cookie = cookie;
	event->bound_ns = socket->bound_ns;
	event->netns = socket->netns;
	event->family = socket->family;
	event->protocol = socket->protocol;
	event->port = socket->port;
	__builtin_memcpy(event->address, socket->address, sizeof(event->address));
}

static __always_inline struct tracked_socket tracked_of(const struct bs_event *event,
							enum tracked_as as)
{
	struct tracked_socket socket = {
		.bound_ns = event->time_ns,
		.netns = event->netns,
		.family = event->family,
		.port = event->port,
		.protocol = event->protocol,
		.as = (__u8)as,
	};
	__builtin_memcpy(socket.address, event->address, sizeof(socket.address));
	return socket;
}

/*
 * LISTEN is set before listen() knows that it will succeed; when it does not, the state goes back
 * to CLOSE inside the same call. What tells that from a listener that was closed or shut down: a
 * socket that really listened was put into the table of listeners, which sets SOCK_RCU_FREE for
 * good. Where an earlier listen() had set it already, the current system call decides.
 */
static __always_inline bool listen_failed(struct sock *sk)
{
	unsigned long flags = BPF_CORE_READ(sk, __sk_common.skc_flags);
	if (!(flags & (1UL << bpf_core_enum_value(enum sock_flags, SOCK_RCU_FREE))))
		return true;
	return in_listen_syscall();
}

#endif
