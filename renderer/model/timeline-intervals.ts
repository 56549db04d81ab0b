import type { SocketInfo } from '../../contract/index.js';

/** Bits of {@link IntervalTable.flags}. */
export const IntervalFlag = {
  /** It was there before its start was seen: the start is the first time anybody looked. */
  startedBefore: 1,
  /** It ended at some time before its end: only a poll or a snapshot noticed. */
  endInexact: 2,
  /** The process has a descriptor of the socket, but another process called bind. */
  held: 4,
} as const;

/** Row of an {@link IntervalTable}. Rows of evicted intervals are given out again. */
export type IntervalId = number;

const initialCapacity = 1024;

/**
 * What sockets did in processes: one row a socket and process, as a struct of arrays so that a
 * frame reads numbers and nothing else. Times are epoch milliseconds with a fraction.
 */
export class IntervalTable {
  start = new Float64Array(initialCapacity);
  /** When it began to listen; NaN: it never did. */
  listen = new Float64Array(initialCapacity);
  /** Infinity: still open. */
  end = new Float64Array(initialCapacity);
  flags = new Uint8Array(initialCapacity);
  port = new Uint16Array(initialCapacity);
  readonly socket: (SocketInfo | undefined)[] = [];
  private used = 0;
  private readonly free: IntervalId[] = [];

  /** Intervals in the table. */
  get size(): number {
    return this.used - this.free.length;
  }

  add(start: number, listen: number, end: number, flags: number, socket: SocketInfo): IntervalId {
    const id = this.free.pop() ?? this.take();
    this.start[id] = start;
    this.listen[id] = listen;
    this.end[id] = end;
    this.flags[id] = flags;
    this.port[id] = socket.port;
    this.socket[id] = socket;
    return id;
  }

  remove(id: IntervalId): void {
    this.socket[id] = undefined;
    this.free.push(id);
  }

  private take(): IntervalId {
    const id = this.used;
    this.used += 1;
    if (this.used > this.start.length) this.grow();
    return id;
  }

  private grow(): void {
    const capacity = this.start.length * 2;
    const copy = <A extends Float64Array | Uint8Array | Uint16Array>(from: A, to: A): A => {
      to.set(from);
      return to;
    };
    this.start = copy(this.start, new Float64Array(capacity));
    this.listen = copy(this.listen, new Float64Array(capacity));
    this.end = copy(this.end, new Float64Array(capacity));
    this.flags = copy(this.flags, new Uint8Array(capacity));
    this.port = copy(this.port, new Uint16Array(capacity));
  }
}
