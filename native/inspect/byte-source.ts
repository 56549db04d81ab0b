import type { FileHandle } from 'node:fs/promises';
import { Unreadable } from './unreadable.js';

/** Bytes that are read piece by piece. */
export interface ByteSource {
  readonly size: number;
  /** Exactly `length` bytes. Rejects with {@link Unreadable} when they are not all there, or too many were read. */
  read(offset: number, length: number, what: string): Promise<Uint8Array>;
}

/** Most bytes read of one file in all. */
export const MOST_READ = 4 * 1024 * 1024;
const BLOCK = 16 * 1024;

/** A file read by positioned reads of whole blocks, each at most once, within a budget of bytes. */
export class FileBytes implements ByteSource {
  readonly size: number;
  readonly #file: FileHandle;
  readonly #blocks = new Map<number, Uint8Array>();
  #left = MOST_READ;

  /** The file stays its opener's to close. */
  constructor(file: FileHandle, size: number) {
    this.#file = file;
    this.size = size;
  }

  async read(offset: number, length: number, what: string): Promise<Uint8Array> {
    if (offset < 0 || length < 0 || offset + length > this.size) throw new Unreadable(`truncated ${what}`);
    const bytes = new Uint8Array(length);
    const end = offset + length;
    let at = offset;
    while (at < end) {
      const index = Math.floor(at / BLOCK);
      const block = this.#blocks.get(index) ?? (await this.#load(index, end, what));
      const from = at - index * BLOCK;
      const part = block.subarray(from, Math.min(block.length, from + end - at));
      if (part.length === 0) throw new Unreadable(`truncated ${what}`);
      bytes.set(part, at - offset);
      at += part.length;
    }
    return bytes;
  }

  /** Reads the block and those after it up to `end` that are not there yet; returns the first. */
  async #load(first: number, end: number, what: string): Promise<Uint8Array> {
    let last = first;
    while ((last + 1) * BLOCK < end && !this.#blocks.has(last + 1)) last += 1;
    const start = first * BLOCK;
    const length = Math.min((last + 1) * BLOCK, this.size) - start;
    if (length > this.#left) throw new Unreadable(`${what} is too large to be read`);
    this.#left -= length;
    const bytes = new Uint8Array(length);
    let filled = 0;
    while (filled < length) {
      const { bytesRead } = await this.#file.read(bytes, filled, length - filled, start + filled);
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    for (let index = first; index <= last; index += 1) {
      const from = (index - first) * BLOCK;
      this.#blocks.set(index, bytes.subarray(Math.min(from, filled), Math.min(from + BLOCK, filled)));
    }
    return bytes.subarray(0, Math.min(BLOCK, filled));
  }
}
