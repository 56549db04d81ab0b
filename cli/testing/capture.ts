import type { Stream } from '../output.js';

/** Takes what a command writes. */
export class Capture implements Stream {
  text = '';
  isTTY = false;
  #error: (error: Error & { code?: string }) => void = () => undefined;

  write(text: string, done: (error?: Error | null) => void): boolean {
    this.text += text;
    done();
    return true;
  }

  on(_event: 'error', listener: (error: Error & { code?: string }) => void): void {
    this.#error = listener;
  }

  breakPipe(code = 'EPIPE'): void {
    this.#error(Object.assign(new Error('write'), { code }));
  }

  /** Each line parsed. */
  get lines(): Record<string, unknown>[] {
    return this.text
      .trimEnd()
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  }
}
