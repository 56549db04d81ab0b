// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * Activity: connections to the listening TCP ports that user space watches, and their bytes. No
 * packet is looked at: a connection is noted when it is established and when it is gone, and TCP
 * itself counts its bytes. Those of open connections are added up when user space reads the
 * iterator, which tells no rows; afterwards the map holds all.
 */
#include <bindscope/sockets.h>

/* User space writes through mmap, the hooks only read. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct bs_watched_ports);
} watched_ports SEC(".maps");

/*
 * Insert: the first connection to a port that is watched. Delete: user space, what is of an earlier
 * generation. A connection that finds the map full is not counted at all.
 */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 16384);
	__type(key, struct bs_activity_key);
	__type(value, struct bs_activity);
} activity SEC(".maps");

/* The bytes of a connection that are in `activity` already. */
struct connection {
	struct bs_activity_key key;
	__u32 reserved;
	__u64 told_in;
	__u64 told_out;
};

/* In place of told_in and told_out once the connection is closed: larger than any count, so that
 * nobody adds to them any more. */
#define ALL_TOLD (~0ULL)

/*
 * The connections that are counted, by socket. Insert: established. Delete: closed; a reading,
 * where the port is not watched any more; the kernel, when it frees the socket.
 */
struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct connection);
} connections SEC(".maps");

static __always_inline __u32 generation_of(__u16 port)
{
	__u32 zero = 0;
	struct bs_watched_ports *watched = bpf_map_lookup_elem(&watched_ports, &zero);
	return watched ? watched->generation[port] : 0;
}

static __always_inline bool has_flag(struct sock *sk, enum sock_flags flag)
{
	return sk->__sk_common.skc_flags & (1UL << flag);
}

/*
 * Payload. TCP's own counts hold the FINs, too: the peer's once it came, which this flag tells
 * until the socket is used anew, and ours once it was acknowledged.
 */
static __always_inline __u64 payload_in(struct sock *sk, struct tcp_sock *tcp)
{
	__u64 bytes = tcp->bytes_received;
	__u64 fin = has_flag(sk, bpf_core_enum_value(enum sock_flags, SOCK_DONE));
	return bytes > fin ? bytes - fin : 0;
}

/* States in which our FIN is sent, or about to be. */
static __always_inline bool sends_fin(int state)
{
	return state == TCP_FIN_WAIT1 || state == TCP_FIN_WAIT2 || state == TCP_CLOSING ||
	       state == TCP_LAST_ACK;
}

/* `state`: the one before CLOSE. */
static __always_inline __u64 closed_payload_out(struct tcp_sock *tcp, int state)
{
	__u64 bytes = tcp->bytes_acked;
	__u64 fin = sends_fin(state) && tcp->snd_una == tcp->write_seq;
	return bytes > fin ? bytes - fin : 0;
}

/*
 * The same of a socket that changes meanwhile: 0 where it cannot be told for certain whether the
 * FIN is among the bytes, which only lasts until it is acknowledged.
 */
static __always_inline __u64 open_payload_out(struct sock *sk, struct tcp_sock *tcp)
{
	unsigned char before = sk->__sk_common.skc_state;
	__u64 bytes = *(volatile __u64 *)&tcp->bytes_acked;
	if (!sends_fin(sk->__sk_common.skc_state))
		return bytes;
	return before == TCP_FIN_WAIT2 && bytes > 0 ? bytes - 1 : 0;
}

static __always_inline void established(struct sock *sk)
{
	__u16 port = sk->__sk_common.skc_num;
	__u32 generation = generation_of(port);
	if (generation == 0)
		return;

	struct bs_activity_key key = {
		.netns = sk->__sk_common.skc_net.net->ns.inum,
		.generation = generation,
		.port = port,
	};
	struct bs_activity *sums = bpf_map_lookup_elem(&activity, &key);
	if (!sums) {
		/* Somebody else's first connection may come between: whoever is second finds it. */
		struct bs_activity none = {};
		bpf_map_update_elem(&activity, &key, &none, BPF_NOEXIST);
		sums = bpf_map_lookup_elem(&activity, &key);
		if (!sums)
			return;
	}
	struct connection begun = { .key = key };
	if (bpf_sk_storage_get(&connections, sk, &begun, BPF_SK_STORAGE_GET_F_CREATE))
		__sync_fetch_and_add(&sums->accepted, 1);
}

static __always_inline void closed(struct sock *sk, struct tcp_sock *tcp, int old_state)
{
	struct connection *connection = bpf_sk_storage_get(&connections, sk, NULL, 0);
	if (!connection)
		return;
	__u64 in = payload_in(sk, tcp);
	__u64 out = closed_payload_out(tcp, old_state);
	struct bs_activity_key key = connection->key;
	__u64 told_in = __sync_lock_test_and_set(&connection->told_in, ALL_TOLD);
	__u64 told_out = __sync_lock_test_and_set(&connection->told_out, ALL_TOLD);

	struct bs_activity *sums = bpf_map_lookup_elem(&activity, &key);
	if (sums) {
		/* Also where it is a step back: a reading may have met a FIN as it came in, and
		 * taken it for a byte. */
		__sync_fetch_and_add(&sums->bytes_in, in - told_in);
		__sync_fetch_and_add(&sums->bytes_out, out - told_out);
		__sync_fetch_and_add(&sums->closed, 1);
	}
	bpf_sk_storage_delete(&connections, sk);
}

/*
 * A connection that was accepted leaves SYN_RECV for ESTABLISHED, or, begun by Fast Open and closed
 * at once, for FIN_WAIT1. Every connection comes to CLOSE: by the last acknowledgement, as it gives
 * way to a TIME_WAIT, by a reset, by a timeout. Runs for every TCP socket of the machine.
 */
SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(connection_state, struct sock *sk, int old_state, int new_state)
{
	bool begins = old_state == TCP_SYN_RECV && new_state != TCP_CLOSE;
	bool ends = new_state == TCP_CLOSE && sk->sk_bpf_storage;
	if (!(begins || ends) || sk->sk_protocol != IPPROTO_TCP)
		return 0;
	if (begins) {
		established(sk);
		return 0;
	}
	struct tcp_sock *tcp = bpf_skc_to_tcp_sock(sk);
	if (tcp)
		closed(sk, tcp, old_state);
	return 0;
}

/* Adds to `sum` what was not told yet. Of two that come at once, one finds `told` changed and
 * leaves it to the other. */
static __always_inline void tell(__u64 *told, __u64 now, __u64 *sum)
{
	__u64 before = *told;
	if (now > before && __sync_val_compare_and_swap(told, before, now) == before)
		__sync_fetch_and_add(sum, now - before);
}

SEC("iter/bpf_sk_storage_map")
int open_connections(struct bpf_iter__bpf_sk_storage_map *ctx)
{
	struct sock *sk = ctx->sk;
	if (!sk || !ctx->value)
		return 0;
	struct connection *connection = bpf_sk_storage_get(&connections, sk, NULL, 0);
	struct tcp_sock *tcp = bpf_skc_to_tcp_sock(sk);
	if (!connection || !tcp)
		return 0;
	struct bs_activity_key key = connection->key;
	if (key.generation != generation_of(key.port)) {
		bpf_sk_storage_delete(&connections, sk);
		return 0;
	}
	struct bs_activity *sums = bpf_map_lookup_elem(&activity, &key);
	if (sums) {
		tell(&connection->told_in, payload_in(sk, tcp), &sums->bytes_in);
		tell(&connection->told_out, open_payload_out(sk, tcp), &sums->bytes_out);
	}
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
