/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Records that cross from the kernel to user space: the one definition that the eBPF programs, C++
 * and (by a golden-bytes test) TypeScript share. Little-endian, fixed width, no implicit padding.
 *
 * Included after the kernel type header in eBPF, after <stdint.h>-like __u types in C++.
 */
#ifndef BINDSCOPE_EVENTS_H
#define BINDSCOPE_EVENTS_H

#define BS_COMM_LENGTH 16
/* Bytes of argv captured; the true length is in args_length. */
#define BS_ARGS_LENGTH 256
/* Executable path: components from the leaf to the root, each ended by NUL, no slashes. */
#define BS_PATH_LENGTH 512

enum bs_event_kind {
	BS_ATTEMPTED = 1,   /* bind about to be tried; port as asked, 0 for any */
	BS_BOUND = 2,	    /* bind succeeded; final port */
	BS_BIND_FAILED = 3, /* error = errno, 0 where nobody says; address and port as asked */
	BS_LISTENING = 4,   /* LISTEN was set; on rungs that cannot confirm, flag BS_UNCONFIRMED */
	BS_LISTEN_FAILED = 5, /* takes back an unconfirmed BS_LISTENING of the same cookie */
	BS_CLOSED = 6,	      /* socket released by its last holder, or a listener left LISTEN */
	BS_EXEC = 7,
	BS_EXIT =
		8, /* last thread of a process is gone; error = wait status (code << 8 | signal) */
};

/* Which program spoke. Order is that of bs_hook_names in native/src/core/hooks.cpp. */
enum bs_hook {
	BS_HOOK_NONE = 0,
	BS_HOOK_CGROUP_POST_BIND4 = 1,
	BS_HOOK_CGROUP_POST_BIND6 = 2,
	BS_HOOK_CGROUP_SOCK_RELEASE = 3,
	BS_HOOK_TP_BTF_INET_SOCK_SET_STATE = 4,
	BS_HOOK_TP_BTF_SCHED_PROCESS_EXEC = 5,
	BS_HOOK_TP_BTF_SCHED_PROCESS_EXIT = 6,
	BS_HOOK_TP_SYS_EXIT_BIND = 7,
	BS_HOOK_FENTRY_SECURITY_SOCKET_BIND = 8,
	BS_HOOK_KPROBE_SECURITY_SOCKET_BIND = 9,
	BS_HOOK_FEXIT_SYS_BIND = 10,
	BS_HOOK_KRETPROBE_SYS_BIND = 11,
	BS_HOOK_FEXIT_INET_CSK_LISTEN_START = 12,
	BS_HOOK_KRETPROBE_INET_CSK_LISTEN_START = 13,
	BS_HOOK_SOCK_DIAG_DESTROY = 14, /* user space: the sock_diag destroy multicast */
	BS_HOOK_CGROUP_BIND = 15,
	BS_HOOK_CGROUP_BIND_TASK_WORK = 16,
	BS_HOOK_CGROUP_BIND_SOCK_RELEASE = 17,
	BS_HOOK_LSM_SOCKET_BIND = 18,
	BS_HOOK_TP_SYS_ENTER_BIND = 19,
	BS_HOOK_COUNT = 20,
};

#define BS_UNCONFIRMED 0x1  /* may still be taken back by BS_LISTEN_FAILED */
#define BS_HAS_IDENTITY 0x2 /* the record is a bs_identity_event */
#define BS_EXE_DELETED 0x4  /* the executable's file has no link any more */
#define BS_PATH_CUT 0x8	    /* the path had more components than fit: the root end is missing */

/* Common part; alone for BS_ATTEMPTED, BS_BIND_FAILED afterwards, BS_CLOSED, BS_LISTEN_FAILED,
 * BS_EXIT. 112 bytes. */
struct bs_event {
	__u32 kind;	     /* enum bs_event_kind */
	__u32 size;	     /* bytes of this record */
	__u64 time_ns;	     /* CLOCK_BOOTTIME */
	__u64 start_time_ns; /* of the thread group leader, CLOCK_BOOTTIME */
	__u64 cgroup_id;
	__u64 cookie;	/* of the socket, 0 where there is none */
	__u64 bound_ns; /* BS_CLOSED: when it was bound or began to listen, 0 if before we watched
			 */
	__u32 netns;	/* inode number; of the socket where there is one, else of the process */
	__u32 tgid;	/* process id, initial pid namespace */
	__u32 tid;
	__u32 ppid; /* tgid of the real parent */
	__u32 uid;  /* real uid, initial user namespace */
	__s32 error;
	__u16 family;  /* AF_INET, AF_INET6, 0 where there is no socket */
	__u16 port;    /* host byte order */
	__u16 hook;    /* enum bs_hook */
	__u8 protocol; /* IPPROTO_* */
	__u8 flags;
	__u8 address[16]; /* network byte order; IPv4 in the first 4 */
	char comm[BS_COMM_LENGTH];
};

/*
 * The executable's file is told by inode number and st_dev, as stat(2) gives them; both 0 where
 * there is none. btrfs, and overlayfs whose layers are not all on one file system, give stat(2) a
 * device of their own making that only stat(2) can tell. There the records carry the device of the
 * superblock, which /proc would not, and on such an overlayfs files of two layers that share an
 * inode number are told as one. The inode number is always that of stat(2).
 */

/* BS_BOUND, BS_BIND_FAILED at once, BS_LISTENING, BS_EXEC. 904 bytes. */
struct bs_identity_event {
	struct bs_event event;
	__u64 exe_inode;
	__u32 exe_device;
	__u32 args_length; /* true length of argv in bytes, with its NULs */
	__u16 args_size;   /* bytes valid in args, <= BS_ARGS_LENGTH */
	__u16 path_size;   /* bytes valid in path, <= BS_PATH_LENGTH */
	__u32 reserved;
	char args[BS_ARGS_LENGTH]; /* NUL-separated */
	char path[BS_PATH_LENGTH];
};

/* Rows of the iterators, written back to back by bpf_seq_write. */
struct bs_process_row { /* 840 bytes */
	__u64 start_time_ns;
	__u64 cgroup_id;
	__u64 exe_inode;
	__u32 tgid;
	__u32 ppid;
	__u32 uid;
	__u32 netns;
	__u32 args_length;
	__u16 args_size;
	__u16 path_size;
	__u32 flags; /* BS_EXE_DELETED, BS_PATH_CUT; no path at all for kernel threads */
	__u32 exe_device;
	char comm[BS_COMM_LENGTH];
	char args[BS_ARGS_LENGTH];
	char path[BS_PATH_LENGTH];
};

/* One per open file of a thread group that is an inet TCP or UDP socket with a local port: the
 * reader makes one of two descriptors of the same socket (tgid, cookie). 56 bytes. */
struct bs_socket_row {
	__u64 cookie;
	__u64 inode;
	__u32 tgid;
	__u32 netns; /* of the socket */
	__u32 uid;   /* of the socket */
	__u16 family;
	__u16 port; /* local, host byte order */
	__u8 protocol;
	__u8 state; /* TCP_* of the kernel; bound, not listening is TCP_CLOSE (7) with a port */
	__u8 address[16];
	__u8 reserved[6];
};

/* The one element of the mmap-able array map "bs_stats". Only the kernel writes. */
struct bs_stats {
	__u64 lost;	 /* records that found the ring buffer full */
	__u64 untracked; /* sockets the cookie map had no room for: their close is not told */
	__u64 reserved[6];
};

#define BS_PORT_COUNT 65536

/*
 * The one element of the mmap-able array map "watched_ports", written by user space and read by the
 * kernel: which listening TCP ports count their connections. 0: not watched. Whoever begins to
 * watch a port gives it a number that it never had before, so that what was counted earlier is told
 * from what is counted now, without a moment at which both change.
 */
struct bs_watched_ports {
	__u32 generation[BS_PORT_COUNT];
};

/* Key of the hash map "activity". 12 bytes. */
struct bs_activity_key {
	__u32 netns; /* inode number */
	__u32 generation;
	__u16 port; /* host byte order */
	__u16 reserved;
};

/* Value of the hash map "activity": sums over the connections to one port. 32 bytes. */
struct bs_activity {
	__u64 accepted;
	__u64 closed;
	__u64 bytes_in;
	__u64 bytes_out;
};

#ifdef __cplusplus
#define BS_ASSERT static_assert
#else
#define BS_ASSERT _Static_assert
#endif
BS_ASSERT(sizeof(struct bs_event) == 112, "bs_event");
BS_ASSERT(sizeof(struct bs_identity_event) == 904, "bs_identity_event");
BS_ASSERT(sizeof(struct bs_process_row) == 840, "bs_process_row");
BS_ASSERT(sizeof(struct bs_socket_row) == 56, "bs_socket_row");
BS_ASSERT(sizeof(struct bs_stats) == 64, "bs_stats");
BS_ASSERT(sizeof(struct bs_watched_ports) == 262144, "bs_watched_ports");
BS_ASSERT(sizeof(struct bs_activity_key) == 12, "bs_activity_key");
BS_ASSERT(sizeof(struct bs_activity) == 32, "bs_activity");

#endif
