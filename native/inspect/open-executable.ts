import { constants } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { open, readFile, stat } from 'node:fs/promises';
import type { FileId, InspectedProcess } from '../../contract/index.js';
import type { ProcRoot } from './proc.js';
import { isSameProcess } from './proc.js';
import { Unreadable } from './unreadable.js';

/** Larger than any executable that runs; a sparse file says any size. */
const MOST_SIZE = 4 * 1024 ** 3;

export interface OpenExecutable {
  /** Its taker's to close. */
  readonly handle: FileHandle;
  readonly file: FileId;
  readonly size: number;
}

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : '';

const unreadableWords = (error: unknown): Unreadable => {
  if (error instanceof Unreadable) return error;
  switch (codeOf(error)) {
    case 'ENOENT':
    case 'ENOTDIR':
    case 'ESRCH':
      return new Unreadable('vanished before it could be read', false);
    case 'EACCES':
    case 'EPERM':
      return new Unreadable('may not be read by this user', false);
    case 'ELOOP':
      return new Unreadable('its path is a loop of links', false);
    default:
      return new Unreadable(
        `cannot be read: ${error instanceof Error ? error.message : String(error)}`,
        false,
      );
  }
};

/** stat(2)'s device number as mountinfo writes it. */
const deviceText = (device: number): string => {
  const major = (device >>> 8) & 0xfff;
  const minor = (device & 0xff) | ((device >>> 12) & 0xfff00);
  return `${String(major)}:${String(minor)}`;
};

/**
 * Whether the descriptor lies on the file system with this device number. btrfs and overlayfs give
 * stat(2) another number than the kernel's own, which mountinfo shows.
 */
const liesOn = async (handle: FileHandle, device: number): Promise<boolean> => {
  const info = await readFile(`/proc/self/fdinfo/${String(handle.fd)}`, 'latin1');
  const mount = /^mnt_id:\s*(\d+)$/m.exec(info)?.[1];
  if (mount === undefined) return false;
  const mounts = await readFile('/proc/self/mountinfo', 'latin1');
  return mounts
    .split('\n')
    .some((line) => line.startsWith(`${mount} `) && line.split(' ')[2] === deviceText(device));
};

/** Opens a path for reading if it is a regular file of a size that can be; nothing else is ever opened. */
const openRegular = async (path: string): Promise<OpenExecutable> => {
  // Opening a device can do things, and opening a FIFO can wait for ever.
  if (!(await stat(path)).isFile()) throw new Unreadable('not a regular file');
  const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  try {
    const { dev, ino, size } = await handle.stat({ bigint: true });
    if (!(await handle.stat()).isFile()) throw new Unreadable('not a regular file');
    if (size > MOST_SIZE) throw new Unreadable('larger than 4 GB');
    return { handle, file: { device: Number(dev), inode: ino }, size: Number(size) };
  } catch (error) {
    await handle.close();
    throw error;
  }
};

const isThat = async ({ handle, file }: OpenExecutable, wanted: FileId): Promise<boolean> =>
  file.inode === wanted.inode &&
  (file.device === wanted.device || (await liesOn(handle, wanted.device).catch(() => false)));

/** Opens a path; rejects with {@link Unreadable} `otherwise` where the file is not the one that the kernel named. */
const openThat = async (path: string, wanted: FileId | null, otherwise: string): Promise<OpenExecutable> => {
  const opened = await openRegular(path);
  if (wanted === null || (await isThat(opened, wanted))) return opened;
  await opened.handle.close();
  throw new Unreadable(otherwise, false);
};

/**
 * Opens a process's executable: by /proc, which has it even when it is deleted or in another mount
 * namespace; where that is not allowed by its path, if the file there is the one that the kernel
 * named. Rejects with {@link Unreadable}.
 */
export const openExecutable = async (
  { pid, startTime, executable, executableFile }: InspectedProcess,
  proc: ProcRoot,
): Promise<OpenExecutable> => {
  let refused: Unreadable;
  try {
    const opened = await openThat(
      `${proc}/${String(pid)}/exe`,
      executableFile,
      'replaced by another program',
    );
    // A process that is there still had this PID when the file was opened.
    if (await isSameProcess(proc, pid, startTime)) return opened;
    await opened.handle.close();
    refused = new Unreadable('vanished before it could be read', false);
  } catch (error) {
    refused = unreadableWords(error);
    if (refused.lasting) throw refused;
  }
  if (executable === null) throw new Unreadable('not known which file it is: needs full visibility', false);
  // A path alone may be another file here than where the process runs.
  if (executableFile === null) throw refused;
  try {
    return await openThat(
      executable,
      executableFile,
      'its path leads to another file here, and its own may not be read by this user',
    );
  } catch (error) {
    throw unreadableWords(error);
  }
};
