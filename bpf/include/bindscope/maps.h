/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Maps that all objects share: the loader creates them once and makes every object use them
 * (bpf_map__reuse_fd), by name.
 */
#ifndef BINDSCOPE_MAPS_H
#define BINDSCOPE_MAPS_H

#include <bindscope/kernel_types.h>
#include <bindscope/events.h>

/* Every hook inserts; user space takes out. The loader sets the size (--ring-bytes). */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 8 << 20);
} ring SEC(".maps");

/* One element, added to by every hook, read by user space through mmap. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct bs_stats);
} bs_stats SEC(".maps");

struct bs_settings {
	/* Whether cgroup/sock_release is attached. Without it nobody would delete a socket that is
	 * bound and never listens, so only listeners are tracked. */
	__u32 release_watched;
	/* Whether a hook tells of listeners as they begin, and so tracks them. */
	__u32 listen_watched;
};

/* One element, written by the loader once the hooks are settled; the hooks only read. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct bs_settings);
} settings SEC(".maps");

enum tracked_as {
	TRACKED_BOUND = 0,
	TRACKED_LISTENER = 1,	  /* and known before it began to listen */
	TRACKED_SINCE_LISTEN = 2, /* a listener that was not known before */
};

/* A socket whose close is to be told. */
struct tracked_socket {
	__u64 bound_ns; /* bound, or began to listen without a bind; 0: before we watched */
	__u32 netns;
	__u16 family;
	__u16 port; /* 0 where listen() chose it and it was not seen yet */
	__u8 address[16];
	__u8 protocol;
	__u8 as; /* enum tracked_as */
	__u8 reserved[6];
};

/*
 * Socket cookie to tracked_socket.
 * Insert: bound, listening, and the socket iterator for those that were there before us.
 * Delete: whoever tells BS_CLOSED (cgroup/sock_release; the listener's state change), and a failed
 * listen() of a socket that was not known before it.
 * Not an LRU map: that would forget the listeners that have been there longest, which matter most,
 * and tell nobody. A socket that finds the map full is counted in bs_stats.untracked; the next
 * snapshot that finds room takes it in. Memory is taken as entries come.
 */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 262144);
	__type(key, __u64);
	__type(value, struct tracked_socket);
} sockets SEC(".maps");

static __always_inline struct bs_stats *stats(void)
{
	__u32 zero = 0;
	return bpf_map_lookup_elem(&bs_stats, &zero);
}

static __always_inline void count_lost(void)
{
	struct bs_stats *s = stats();
	if (s)
		__sync_fetch_and_add(&s->lost, 1);
}

static __always_inline bool release_is_watched(void)
{
	__u32 zero = 0;
	struct bs_settings *s = bpf_map_lookup_elem(&settings, &zero);
	return s && s->release_watched;
}

static __always_inline bool listen_is_watched(void)
{
	__u32 zero = 0;
	struct bs_settings *s = bpf_map_lookup_elem(&settings, &zero);
	return s && s->listen_watched;
}

/* `flags`: BPF_ANY or BPF_NOEXIST. */
static __always_inline void track(__u64 cookie, const struct tracked_socket *socket, __u64 flags)
{
	if (cookie == 0)
		return;
	long error = bpf_map_update_elem(&sockets, &cookie, socket, flags);
	if (error && error != -17 /* EEXIST */) {
		struct bs_stats *s = stats();
		if (s)
			__sync_fetch_and_add(&s->untracked, 1);
	}
}

#endif
