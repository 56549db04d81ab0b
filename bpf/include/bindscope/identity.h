/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Who: process, parent, user, cgroup, network namespace, arguments, executable. */
#ifndef BINDSCOPE_IDENTITY_H
#define BINDSCOPE_IDENTITY_H

#include <bindscope/core_fixes.h>
#include <bindscope/maps.h>

/* Components and mount crossings looked at before a path is called cut. */
#define MOST_PATH_STEPS 64

static __always_inline struct task_struct *current_task(void)
{
	return (struct task_struct *)bpf_get_current_task();
}

/* Works for any task, unlike bpf_get_current_cgroup_id. */
static __always_inline __u64 task_cgroup_id(struct task_struct *task)
{
	return BPF_CORE_READ(task, cgroups, dfl_cgrp, kn, id);
}

/* 0 for a task that has given up its namespaces already. */
static __always_inline __u32 task_netns(struct task_struct *task)
{
	return BPF_CORE_READ(task, nsproxy, net_ns, ns.inum);
}

/* All of the common part that comes from the task; the socket's part is left as it is. */
static __always_inline void fill_event(struct bs_event *event, struct task_struct *task, __u32 kind,
				       __u32 size, __u16 hook)
{
	event->kind = kind;
	event->size = size;
	event->time_ns = bpf_ktime_get_boot_ns();
	event->start_time_ns = task_start_time(BPF_CORE_READ(task, group_leader));
	event->cgroup_id = task_cgroup_id(task);
	event->netns = task_netns(task);
	event->tgid = BPF_CORE_READ(task, tgid);
	event->tid = BPF_CORE_READ(task, pid);
	event->ppid = BPF_CORE_READ(task, real_parent, tgid);
	event->uid = BPF_CORE_READ(task, cred, uid.val);
	event->hook = hook;
	bpf_core_read_str(event->comm, sizeof(event->comm), &task->comm);
}

/*
 * Copies a name of `length` bytes and its NUL to path + at. Returns the bytes written, 0 when they
 * do not fit. The verifier wants a constant room per call that holds for every `at` of the branch,
 * so behind the middle of the buffer the room for one name shrinks by halves; the asm statements
 * keep the compiler from folding the calls into one of variable room.
 */
static __always_inline __u32 append_name(char *path, __u32 at, const unsigned char *name,
					 __u32 length)
{
	long written = 0;

#define APPEND(room)                                                                               \
	do {                                                                                       \
		if (length < (room))                                                               \
			written = bpf_probe_read_kernel_str(path + at, (room), name);              \
		asm volatile("" ::"i"(room));                                                      \
	} while (0)

	if (at <= BS_PATH_LENGTH - 256)
		APPEND(256);
	else if (at <= BS_PATH_LENGTH - 128)
		APPEND(128);
	else if (at <= BS_PATH_LENGTH - 64)
		APPEND(64);
	else if (at <= BS_PATH_LENGTH - 32)
		APPEND(32);
	else if (at <= BS_PATH_LENGTH - 16)
		APPEND(16);
#undef APPEND
	return written > 0 ? (__u32)written : 0;
}

/*
 * Writes the file's path to `path` (BS_PATH_LENGTH bytes), leaf to root, across mount points, up to
 * the root of its mount namespace, and its length to `size`. Returns BS_EXE_DELETED, BS_PATH_CUT.
 *
 *      /usr/bin/node  →  n o d e \0 b i n \0 u s r \0
 *
 * `size` (0 on entry) lies in the record and is read anew in every step on purpose: what comes from
 * memory the verifier holds for any value, so all ways through a step end in the same state and it
 * walks each step once instead of once per combination of lengths.
 */
static __always_inline __u32 read_path(char *path, volatile __u16 *size, struct file *file)
{
	struct dentry *dentry = BPF_CORE_READ(file, f_path.dentry);
	struct vfsmount *vfsmount = BPF_CORE_READ(file, f_path.mnt);
	if (!dentry || !vfsmount)
		return 0;
	struct mount *mount = (void *)vfsmount - bpf_core_field_offset(struct mount, mnt);
	__u32 flags = 0;

	if (!BPF_CORE_READ(dentry, d_hash.pprev) && dentry != BPF_CORE_READ(vfsmount, mnt_root))
		flags = BS_EXE_DELETED;

	for (int step = 0; step < MOST_PATH_STEPS; step++) {
		struct dentry *parent = BPF_CORE_READ(dentry, d_parent);
		__u32 used = *size;

		if (dentry == BPF_CORE_READ(mount, mnt.mnt_root)) {
			struct mount *above = BPF_CORE_READ(mount, mnt_parent);
			if (above == mount)
				return flags;
			dentry = BPF_CORE_READ(mount, mnt_mountpoint);
			mount = above;
			continue;
		}
		/* A root that is no mount's root: a file without a folder (memfd) when it is the
		 * leaf. */
		if (dentry == parent && used > 0)
			return flags;

		__u32 written = append_name(path, used, BPF_CORE_READ(dentry, d_name.name),
					    BPF_CORE_READ(dentry, d_name.len));
		if (written == 0)
			break;
		*size = used + written;
		if (dentry == parent)
			return flags;
		dentry = parent;
	}
	return flags | BS_PATH_CUT;
}

/* Which file it is: inode number and st_dev (see events.h). */
static __always_inline void read_file_id(__u64 *inode, __u32 *device, struct file *file)
{
	/* The kernel's own dev_t has 20 bits of minor; stat(2) encodes it as new_encode_dev. */
	__u32 kernel_device = BPF_CORE_READ(file, f_inode, i_sb, s_dev);
	__u32 major = kernel_device >> 20;
	__u32 minor = kernel_device & 0xfffff;

	*inode = BPF_CORE_READ(file, f_inode, i_ino);
	*device = (minor & 0xff) | (major << 8) | ((minor & ~0xffU) << 12);
}

/* Where argv lies: never past arg_end, behind which the environment begins. */
static __always_inline __u32 args_to_read(struct mm_struct *mm, unsigned long *from,
					  __u32 *true_length)
{
	unsigned long start = BPF_CORE_READ(mm, arg_start);
	unsigned long end = BPF_CORE_READ(mm, arg_end);
	unsigned long length = end > start ? end - start : 0;

	*from = start;
	*true_length = (__u32)length;
	return length > BS_ARGS_LENGTH ? BS_ARGS_LENGTH : (__u32)length;
}

/* Reserves a zeroed identity record of the current task, NULL (and counted) when the ring is full.
 */
static __always_inline struct bs_identity_event *reserve_identity(struct task_struct *task,
								  __u32 kind, __u16 hook)
{
	struct bs_identity_event *record = bpf_ringbuf_reserve(&ring, sizeof(*record), 0);
	if (!record) {
		count_lost();
		return NULL;
	}
	__builtin_memset(record, 0, sizeof(*record));
	fill_event(&record->event, task, kind, sizeof(*record), hook);

	__u32 flags = BS_HAS_IDENTITY;
	struct mm_struct *mm = BPF_CORE_READ(task, mm);
	if (mm) {
		unsigned long from;
		__u32 size = args_to_read(mm, &from, &record->args_length);
		if (size <= BS_ARGS_LENGTH &&
		    bpf_probe_read_user(record->args, size, (void *)from) == 0)
			record->args_size = size;
		struct file *file = BPF_CORE_READ(mm, exe_file);
		if (file) {
			flags |= read_path(record->path, &record->path_size, file);
			read_file_id(&record->exe_inode, &record->exe_device, file);
		}
	}
	record->event.flags = flags;
	return record;
}

/* Reserves a zeroed record without identity, NULL (and counted) when the ring is full. */
static __always_inline struct bs_event *reserve_event(struct task_struct *task, __u32 kind,
						      __u16 hook)
{
	struct bs_event *event = bpf_ringbuf_reserve(&ring, sizeof(*event), 0);
	if (!event) {
		count_lost();
		return NULL;
	}
	__builtin_memset(event, 0, sizeof(*event));
	fill_event(event, task, kind, sizeof(*event), hook);
	return event;
}

#endif
