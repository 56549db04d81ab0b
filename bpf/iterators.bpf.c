// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * Snapshots: all processes, and all sockets with their holders. Read by whoever has the link,
 * without privilege. A row that finds the reader's buffer full is shown again by the next read, so
 * nothing here may remember what was shown.
 */
#include <bindscope/identity.h>
#include <bindscope/sockets.h>

#define ROW_SLOTS 16

/*
 * Where a process row is put together: too large for the stack. One slot per reading session, whose
 * rows come one after another; sessions that run at the same time have neighbouring numbers.
 */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, ROW_SLOTS);
	__type(key, __u32);
	__type(value, struct bs_process_row);
} process_rows SEC(".maps");

/*
 * A cleared row with all but args, NULL for threads that are not the leader of their group, and for
 * a process that has ended and waits for its parent to ask how (a leader that ended while other
 * threads run is no such).
 */
static __always_inline struct bs_process_row *begin_row(struct bpf_iter_meta *meta,
							struct task_struct *task)
{
	if (task->pid != task->tgid)
		return NULL;
	if (task->exit_state != 0 && BPF_CORE_READ(task, signal, live.counter) == 0)
		return NULL;

	__u32 slot = (__u32)meta->session_id % ROW_SLOTS;
	struct bs_process_row *row = bpf_map_lookup_elem(&process_rows, &slot);
	if (!row)
		return NULL;
	__builtin_memset(row, 0, sizeof(*row));
	row->start_time_ns = task_start_time(task);
	row->cgroup_id = task_cgroup_id(task);
	row->tgid = task->tgid;
	row->ppid = BPF_CORE_READ(task, real_parent, tgid);
	row->uid = BPF_CORE_READ(task, cred, uid.val);
	row->netns = task_netns(task);
	bpf_core_read_str(row->comm, sizeof(row->comm), &task->comm);

	struct mm_struct *mm = BPF_CORE_READ(task, mm);
	if (mm && !(BPF_CORE_READ(task, flags) & PF_KTHREAD)) {
		struct file *file = BPF_CORE_READ(mm, exe_file);
		if (file) {
			row->flags = read_path(row->path, &row->path_size, file);
			read_file_id(&row->exe_inode, &row->exe_device, file);
		}
	}
	return row;
}

SEC("iter.s/task")
int processes_with_args(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;
	if (!task)
		return 0;
	struct bs_process_row *row = begin_row(ctx->meta, task);
	if (!row)
		return 0;
	struct mm_struct *mm = BPF_CORE_READ(task, mm);
	if (mm && !(BPF_CORE_READ(task, flags) & PF_KTHREAD)) {
		unsigned long from;
		__u32 size = args_to_read(mm, &from, &row->args_length);
		if (size <= BS_ARGS_LENGTH &&
		    bpf_copy_from_user_task(row->args, size, (void *)from, task, 0) == 0)
			row->args_size = size;
	}
	bpf_seq_write(ctx->meta->seq, row, sizeof(*row));
	return 0;
}

SEC("iter/task")
int processes(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;
	if (!task)
		return 0;
	struct bs_process_row *row = begin_row(ctx->meta, task);
	if (row)
		bpf_seq_write(ctx->meta->seq, row, sizeof(*row));
	return 0;
}

/*
 * bs_stats.untracked as this pass began, and as the last one did that had room for all it found
 * (all ones before it). Passes of two readers at once may mix them up; the cost is a listener
 * looked up in vain.
 */
static __u64 pass_began;
static __u64 seeded_at = ~0ULL;
static bool found_no_room;

/*
 * Every listener that was there before us is tracked since that pass, and later ones are by the
 * hook that tells of them: no need to look each up again (measured: a quarter of a pass).
 */
static __always_inline bool listeners_are_tracked(void)
{
	return seeded_at == pass_began && listen_is_watched();
}

/* Sockets that were there before us: their close is told too. */
static __always_inline void seed(const struct bs_socket_row *row)
{
	bool listens = row->protocol == IPPROTO_TCP && row->state == TCP_LISTEN;
	bool bound = row->protocol == IPPROTO_UDP || row->state == TCP_CLOSE;
	if (listens ? listeners_are_tracked() : !(bound && release_is_watched()))
		return;
	__u64 cookie = row->cookie;
	if (bpf_map_lookup_elem(&sockets, &cookie))
		return;
	struct tracked_socket socket = {
		.netns = row->netns,
		.family = row->family,
		.port = row->port,
		.protocol = row->protocol,
		.as = listens ? TRACKED_LISTENER : TRACKED_BOUND,
	};
	__builtin_memcpy(socket.address, row->address, sizeof(socket.address));
	/* Not counted where there is no room: every pass would count it again, and every loss asks
	 * for a pass. */
	long error = bpf_map_update_elem(&sockets, &cookie, &socket, BPF_NOEXIST);
	if (error && error != -17 /* EEXIST */)
		found_no_room = true;
}

/* The protocol that a row says, 0 for sockets without one. Fills in the cookie. The number of a raw
 * socket is its protocol, not a port. */
static __always_inline __u8 protocol_of_row(struct bs_socket_row *row, struct sock *sk, __u16 type,
					    __u16 protocol)
{
	if (type == SOCK_RAW)
		return 0;
	if (protocol_is_told(protocol))
		return protocol;
	if (protocol != IPPROTO_MPTCP || !bpf_core_type_exists(struct mptcp_sock))
		return 0;
	/* Bound and listening are told of its first subflow, which is plain TCP. */
	struct sock *subflow = BPF_CORE_READ((struct mptcp_sock *)sk, first);
	row->cookie = subflow ? stored_cookie(subflow) : 0;
	return IPPROTO_TCP;
}

/*
 * Fields are loaded directly, as an iterator may, where BPF_CORE_READ would call a helper for each
 * (measured: a third of the time of a whole pass).
 */
static __always_inline bool fill_row(struct bs_socket_row *row, struct file *file)
{
	struct socket *socket = bpf_sock_from_file(file);
	if (!socket)
		return false;
	struct sock *sk = socket->sk;
	if (!sk)
		return false;
	row->family = sk->__sk_common.skc_family;
	row->port = sk->__sk_common.skc_num;
	if (!is_inet(row->family) || row->port == 0)
		return false;
	row->protocol = protocol_of_row(row, sk, sk->sk_type, sk->sk_protocol);
	if (row->protocol == 0)
		return false;
	if (row->cookie == 0)
		row->cookie = trusted_socket_cookie(sk);
	row->state = sk->__sk_common.skc_state;
	row->netns = sk->__sk_common.skc_net.net->ns.inum;
	row->uid = sk->sk_uid.val;
	row->inode = file->f_inode->i_ino;
	if (row->family == AF_INET)
		*(__u32 *)row->address = sk->__sk_common.skc_rcv_saddr;
	else
		read_local_address(row->address, sk, row->family);
	return true;
}

/* The same without bpf_sock_from_file: what lies behind a file's private data is unknown to the
 * verifier, so it is read as any address. */
static __always_inline bool fill_row_by_reads(struct bs_socket_row *row, struct file *file)
{
	if ((BPF_CORE_READ(file, f_inode, i_mode) & S_IFMT) != S_IFSOCK)
		return false;
	/* None for a descriptor of O_PATH. */
	struct socket *socket = BPF_CORE_READ(file, private_data);
	struct sock *sk = socket ? BPF_CORE_READ(socket, sk) : NULL;
	if (!sk)
		return false;
	row->family = BPF_CORE_READ(sk, __sk_common.skc_family);
	row->port = BPF_CORE_READ(sk, __sk_common.skc_num);
	if (!is_inet(row->family) || row->port == 0)
		return false;
	row->protocol = protocol_of_row(row, sk, BPF_CORE_READ(sk, sk_type),
					BPF_CORE_READ(sk, sk_protocol));
	if (row->protocol == 0)
		return false;
	if (row->cookie == 0)
		row->cookie = stored_cookie(sk);
	row->state = BPF_CORE_READ(sk, __sk_common.skc_state);
	row->netns = socket_netns(sk);
	row->uid = BPF_CORE_READ(sk, sk_uid.val);
	row->inode = BPF_CORE_READ(file, f_inode, i_ino);
	read_local_address(row->address, sk, row->family);
	return true;
}

/* Runs for every open file of the machine. */
SEC("iter/task_file")
int holders(struct bpf_iter__task_file *ctx)
{
	struct file *file = ctx->file;
	struct task_struct *task = ctx->task;
	if (!task) {
		seeded_at = found_no_room ? ~0ULL : pass_began; /* the end of a pass */
		return 0;
	}
	if (ctx->meta->seq_num == 0) {
		struct bs_stats *s = stats();
		pass_began = s ? s->untracked : 0;
		found_no_room = false;
	}
	if (!file)
		return 0;

	struct bs_socket_row row = {};
	if (sock_from_file_exists() ? !fill_row(&row, file) : !fill_row_by_reads(&row, file))
		return 0;
	row.tgid = task->tgid;
	seed(&row);
	bpf_seq_write(ctx->meta->seq, &row, sizeof(row));
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
