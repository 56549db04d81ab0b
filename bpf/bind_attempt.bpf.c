// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/* Attempted: a bind about to be tried, with the address and port as asked. Nothing of success. */
#include <bindscope/identity.h>
#include <bindscope/socket_address.h>

/* `address` is the kernel's copy. */
static __always_inline int attempted(struct socket *socket, const void *address, __u16 hook)
{
	struct sock *sk = BPF_CORE_READ(socket, sk);
	if (!sk || !is_inet(BPF_CORE_READ(sk, __sk_common.skc_family)))
		return 0;
	__u8 protocol = protocol_of_bind(sk);
	if (!protocol)
		return 0;

	struct bs_identity_event *record = reserve_identity(current_task(), BS_ATTEMPTED, hook);
	if (!record)
		return 0;
	fill_socket(&record->event, sk, stored_cookie(sk));
	record->event.protocol = protocol;

	struct asked_address asked = {};
	bpf_probe_read_kernel(&asked, ASKED_HEAD, address);
	if (asked.family == AF_INET6)
		bpf_probe_read_kernel(&asked, sizeof(asked), address);
	__builtin_memset(record->event.address, 0, sizeof(record->event.address));
	fill_asked(&record->event, &asked);
	bpf_ringbuf_submit(record, 0);
	return 0;
}

SEC("fentry/security_socket_bind")
int BPF_PROG(security_socket_bind_entry, struct socket *socket, struct sockaddr *address)
{
	return attempted(socket, address, BS_HOOK_FENTRY_SECURITY_SOCKET_BIND);
}

SEC("kprobe/security_socket_bind")
int BPF_KPROBE(security_socket_bind_probe, struct socket *socket, struct sockaddr *address)
{
	return attempted(socket, address, BS_HOOK_KPROBE_SECURITY_SOCKET_BIND);
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
