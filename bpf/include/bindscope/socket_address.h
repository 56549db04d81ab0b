/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* The address a process asked for, as struct sockaddr_in or sockaddr_in6 lays it out. */
#ifndef BINDSCOPE_SOCKET_ADDRESS_H
#define BINDSCOPE_SOCKET_ADDRESS_H

#include <bindscope/sockets.h>

struct asked_address {
	__u16 family;
	__be16 port;
	union {
		__be32 ipv4;
		struct {
			__be32 flow;
			__u8 ipv6[16];
		};
	};
	__u32 scope;
};

/* What every family has: family, port, and the IPv4 address. */
#define ASKED_HEAD 8

/* `asked` holds at least ASKED_HEAD bytes of what was asked; the rest is zero where it was not
 * read. */
static __always_inline void fill_asked(struct bs_event *event, const struct asked_address *asked)
{
	event->port = bpf_ntohs(asked->port);
	if (asked->family == AF_INET6)
		__builtin_memcpy(event->address, asked->ipv6, sizeof(asked->ipv6));
	else
		__builtin_memcpy(event->address, &asked->ipv4, sizeof(asked->ipv4));
}

#endif
