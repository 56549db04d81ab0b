/** What a command writes to; `process.stdout` and `process.stderr` fit. */
export interface Stream {
  readonly isTTY?: boolean;
  write(text: string, done: (error?: Error | null) => void): boolean;
  on(event: 'error', listener: (error: Error & { code?: string }) => void): unknown;
}

/** Most bytes that wait for a slow reader before lines are dropped (and counted). */
const MOST_WAITING = 64 * 1024 * 1024;

/**
 * Data on stdout, everything else on stderr. A reader that goes away (`| head`) ends the command
 * quietly; one that is slower than the events for long costs lines, which are counted.
 */
export class Output {
  readonly #data: Stream;
  readonly #notes: Stream;
  #waiting = 0;
  #dropped = 0;
  #gone = false;
  /** Resolves when nobody reads stdout any more. */
  readonly readerGone: Promise<void>;

  constructor(data: Stream, notes: Stream) {
    this.#data = data;
    this.#notes = notes;
    this.readerGone = new Promise((resolve, reject) => {
      data.on('error', (error) => {
        this.#gone = true;
        if (error.code === 'EPIPE') resolve();
        else reject(error);
      });
    });
    // Handled where it is awaited; a write error after the end is of no interest.
    this.readerGone.catch(() => undefined);
    notes.on('error', () => undefined);
  }

  /** Lines that were not written because the reader was too slow. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Writes to stdout; `text` ends its own lines. */
  data(text: string): void {
    if (this.#gone) return;
    if (this.#waiting > MOST_WAITING) {
      this.#dropped += 1;
      return;
    }
    this.#waiting += text.length;
    this.#data.write(text, () => {
      this.#waiting -= text.length;
    });
  }

  /** One line for people, on stderr. */
  note(text: string): void {
    this.#notes.write(`${text}\n`, () => undefined);
  }

  /** Resolves when all data is out, or the reader has gone; rejects when it cannot be written. */
  flushed(): Promise<void> {
    if (this.#gone) return this.readerGone;
    return new Promise((resolve) => {
      this.#data.write('', (error) => {
        // The stream tells why by its `error` event, which comes after this.
        resolve(error ? this.readerGone : undefined);
      });
    });
  }
}
