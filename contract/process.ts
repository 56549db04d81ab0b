import { z } from 'zod';
import { BootNs, Pid, ProcessKey, WallNs } from './brands.js';
import { ExecutableType } from './executable-type.js';

/** A file as the kernel knows it; a path may be another file tomorrow. */
export const FileId = z.object({
  /** `st_dev`, as stat(2) gives it. */
  device: z.int().nonnegative(),
  inode: z.bigint().nonnegative(),
});
export type FileId = z.infer<typeof FileId>;

export const Container = z.object({
  /** As the runtime gave it, usually 64 hexadecimal digits. */
  id: z.string(),
  /** `docker`, `podman`, `containerd`, `cri-o`, `lxc`, …; by the cgroup's path. */
  runtime: z.string(),
  /** Null: could not be asked for. */
  name: z.string().nullable(),
  image: z.string().nullable(),
});
export type Container = z.infer<typeof Container>;

/** Where a process runs, by its cgroup. */
export const Placement = z.object({
  /** Path in the cgroup v2 tree (or of the named systemd tree), e.g. `/system.slice/nginx.service`. */
  cgroup: z.string().nullable(),
  /** systemd unit (service or scope) of the system or the user. */
  unit: z.string().nullable(),
  container: Container.nullable(),
});
export type Placement = z.infer<typeof Placement>;

/** One process as it was last seen. `null` always means "could not be read", never "empty". */
export const ProcessInfo = z.object({
  key: ProcessKey,
  pid: Pid,
  parentPid: Pid,
  startTime: BootNs,
  startedAt: WallNs,
  /** Real user id. */
  uid: z.int().nonnegative(),
  userName: z.string().nullable(),
  /** The kernel's comm, at most 15 bytes. */
  name: z.string(),
  /** Absolute path of the executable, without the kernel's " (deleted)". */
  executable: z.string().nullable(),
  executableFile: FileId.nullable(),
  /** Null: not looked at yet. It is looked at for processes that have a socket or where a criterion asks. */
  executableType: ExecutableType.nullable(),
  /** Null: not looked at yet, as above. */
  placement: Placement.nullable(),
  /** argv as far as it was captured. */
  args: z.array(z.string()),
  /** True length of the command line in bytes; larger than what `args` holds when it was cut. */
  argsLength: z.int().nonnegative(),
  cgroupId: z.bigint().nonnegative(),
  /** Inode number of the network namespace. */
  networkNamespace: z.int().nonnegative(),
});
export type ProcessInfo = z.infer<typeof ProcessInfo>;
