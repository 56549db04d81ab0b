import { readFile, stat } from 'node:fs/promises';

/** Largest recording that is read, in bytes. It is held in memory as long as it is open. */
export const MOST_BYTES = 256 * 1024 * 1024;

const mebibytes = (bytes: number): string => `${String(Math.ceil(bytes / 1024 / 1024))} MiB`;

/** Said in words already. */
class Refused extends Error {}

/** What went wrong with a file that was to be read, in words: what, and what to do. */
const readErrorText = (error: unknown): string => {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  switch (code) {
    case 'ENOENT':
      return 'There is no such file any more. Choose another one.';
    case 'EACCES':
    case 'EPERM':
      return 'You may not read it. Ask its owner for permission, or copy it as its owner.';
    case 'EIO':
      return 'The disk reported an input/output error. Look at the kernel log (dmesg).';
    case 'EMFILE':
    case 'ENFILE':
      return 'Too many files are open. Close some programs and try again.';
    default:
      return `It could not be read: ${error instanceof Error ? error.message : String(error)}.`;
  }
};

/**
 * The text of a recording or scenario. Rejects with an error in words: not a file, not readable, too
 * large (above `mostBytes`), not text.
 */
export const readRecording = async (path: string, mostBytes = MOST_BYTES): Promise<string> => {
  let bytes: Buffer;
  try {
    const found = await stat(path);
    // Opening a pipe or a device may wait for ever.
    if (!found.isFile())
      throw new Refused(
        `It is ${found.isDirectory() ? 'a folder' : 'not a regular file'}. Choose a recording or a scenario.`,
      );
    if (found.size > mostBytes) {
      throw new Refused(
        `It has ${mebibytes(found.size)}; at most ${mebibytes(mostBytes)} are read. Replay it on the command line, or record a shorter time.`,
      );
    }
    bytes = await readFile(path);
  } catch (error) {
    throw error instanceof Refused ? error : new Error(readErrorText(error));
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new Error('It is not text. Choose a file that `bindscope watch --record` wrote, or a scenario.');
  }
};
