import { closeSync, fsyncSync, openSync, write } from 'node:fs';
import { CommandFailure, FAILURE, USAGE } from './failure.js';

/** Most characters that wait for a slow disk. */
const MOST_WAITING = 64 * 1024 * 1024;

const openFailures: Readonly<Record<string, string>> = {
  EEXIST: 'it exists already; name another file, or add --force to write over it',
  ENOENT: 'its folder does not exist',
  EISDIR: 'it is a folder; name a file in it',
  EACCES: 'it may not be written; check the permissions of its folder',
  EROFS: 'it is on a file system that may not be written to',
};

const writeFailures: Readonly<Record<string, string>> = {
  ENOSPC: 'no space is left',
  EDQUOT: 'your disk quota is used up',
  EFBIG: 'it has become too large',
};

/**
 * A file that grows line by line, each written as soon as the disk takes it, so that a crash costs the
 * last line at most. For its owner's eyes only: it holds command lines.
 */
export class RecordingFile {
  readonly path: string;
  readonly #fd: number;
  #waiting: string[] = [];
  #length = 0;
  #writing = false;
  #failure: CommandFailure | null = null;
  #idle: (() => void)[] = [];
  #fail: (failure: CommandFailure) => void = () => undefined;
  /** Rejects when a write has failed; never resolves. */
  readonly failed: Promise<never>;

  /** Throws a usage failure when the file cannot be made, or exists and `overwrite` is not set. */
  constructor(path: string, { overwrite }: { overwrite: boolean }) {
    this.path = path;
    try {
      this.#fd = openSync(path, overwrite ? 'w' : 'wx', 0o600);
    } catch (error) {
      const { code = '', message } = error as NodeJS.ErrnoException;
      throw new CommandFailure(USAGE, `--record ${path}: ${openFailures[code] ?? message}.`);
    }
    this.failed = new Promise((_resolve, reject) => {
      this.#fail = reject;
    });
    // Handled where it is awaited.
    this.failed.catch(() => undefined);
  }

  /** Text that ends its own line. */
  readonly write = (text: string): void => {
    if (this.#failure !== null) return;
    this.#waiting.push(text);
    this.#length += text.length;
    if (this.#length > MOST_WAITING) this.#end('the disk is too slow for it');
    else if (!this.#writing) this.#next();
  };

  /** Resolves when all is written; throws what went wrong before. The file is closed either way. */
  async close(): Promise<void> {
    if (this.#writing) await new Promise<void>((resolve) => this.#idle.push(resolve));
    try {
      if (this.#failure === null) fsyncSync(this.#fd);
    } catch (error) {
      // Pipes and the like cannot be synced.
      if ((error as NodeJS.ErrnoException).code !== 'EINVAL') this.#end(this.#words(error));
    } finally {
      closeSync(this.#fd);
    }
    if (this.#failure !== null) throw this.#failure;
  }

  #next(): void {
    const text = this.#waiting.join('');
    this.#waiting = [];
    this.#length = 0;
    this.#writing = text !== '' && this.#failure === null;
    if (this.#writing) this.#put(Buffer.from(text), 0);
    else for (const resolve of this.#idle.splice(0)) resolve();
  }

  #put(bytes: Buffer, from: number): void {
    write(this.#fd, bytes, from, (error, written) => {
      if (error !== null) {
        this.#end(this.#words(error));
        this.#waiting = [];
        this.#next();
      } else if (from + written < bytes.length) this.#put(bytes, from + written);
      else this.#next();
    });
  }

  #words(error: unknown): string {
    const { code = '', message } = error as NodeJS.ErrnoException;
    return writeFailures[code] ?? message;
  }

  #end(reason: string): void {
    if (this.#failure !== null) return;
    this.#failure = new CommandFailure(
      FAILURE,
      `--record ${this.path}: ${reason}. What was written so far can be replayed.`,
    );
    this.#fail(this.#failure);
  }
}
