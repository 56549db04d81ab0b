import { describe, expect, it } from 'vitest';
import type { Stream } from './output.js';
import { Output } from './output.js';
import { Capture } from './testing/capture.js';

/** A stream that cannot be written, and says why only after the write was answered, as Node's do. */
class Unwritable implements Stream {
  readonly #code: string;
  #listeners: ((error: Error & { code?: string }) => void)[] = [];

  constructor(code: string) {
    this.#code = code;
  }

  write(_text: string, done: (error?: Error | null) => void): boolean {
    const error = Object.assign(new Error(this.#code), { code: this.#code });
    done(error);
    setImmediate(() => {
      for (const listener of this.#listeners) listener(error);
    });
    return false;
  }

  on(_event: 'error', listener: (error: Error & { code?: string }) => void): void {
    this.#listeners.push(listener);
  }
}

describe('flushing', () => {
  it('resolves when all is written', async () => {
    const out = new Capture();
    const output = new Output(out, new Capture());
    output.data('a\n');
    await output.flushed();
    expect(out.text).toBe('a\n');
  });

  it('rejects when the disk is full, also after that was told', async () => {
    const output = new Output(new Unwritable('ENOSPC'), new Capture());
    output.data('a\n');
    await expect(output.flushed()).rejects.toThrow('ENOSPC');
    await expect(output.flushed()).rejects.toThrow('ENOSPC');
  });

  it('resolves when the reader has gone', async () => {
    const output = new Output(new Unwritable('EPIPE'), new Capture());
    output.data('a\n');
    await output.flushed();
    await output.flushed();
  });
});
