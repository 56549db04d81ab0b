import { addressText, type AddressFamily, type KernelIdentity } from '../contract/index.js';
import { argsRoom, at, flag, nameLength, pathRoom } from './record-layout.js';

const utf8 = new TextDecoder();

const text = (bytes: Uint8Array, from: number, length: number): string =>
  utf8.decode(bytes.subarray(from, from + length));

const untilNul = (bytes: Uint8Array, from: number, room: number): string => {
  const end = bytes.indexOf(0, from);
  return text(bytes, from, end === -1 || end > from + room ? room : end - from);
};

/** Strings that are each ended by NUL; the last one may have lost its NUL when it was cut. */
const strings = (bytes: Uint8Array, from: number, length: number): string[] => {
  if (length === 0) return [];
  const list = text(bytes, from, length).split('\0');
  if (list.at(-1) === '') list.pop();
  return list;
};

const identity = (view: DataView, bytes: Uint8Array, base: number, flags: number): KernelIdentity => {
  const pathSize = Math.min(view.getUint16(base + at.pathSize, true), pathRoom);
  const components = strings(bytes, base + at.path, pathSize).reverse();
  // The root end of a cut path is unknown: what there is hangs below an ellipsis.
  if ((flags & flag.pathCut) !== 0 && components.length > 0) components.unshift('…');
  const argsSize = Math.min(view.getUint16(base + at.argsSize, true), argsRoom);
  const inode = view.getBigUint64(base + at.executableInode, true);
  return {
    executable: components.length > 0 ? `/${components.join('/')}` : null,
    executableFile: inode === 0n ? null : { device: view.getUint32(base + at.executableDevice, true), inode },
    args: strings(bytes, base + at.args, argsSize),
    argsLength: view.getUint32(base + at.argsLength, true),
  };
};

/** What a thread's records tell of its process: the values, and the bytes that they were told by. */
export interface Told {
  readonly startTime: bigint;
  readonly cgroupId: bigint;
  readonly name: string;
  /** Start time and cgroup, which lie side by side. */
  readonly when: Uint32Array;
  readonly comm: Uint32Array;
  /** Null until a record brought one. */
  identity: {
    readonly value: KernelIdentity;
    readonly flags: number;
    readonly args: Uint8Array;
    readonly path: Uint8Array;
  } | null;
}

/** Most threads and most addresses remembered. One more, and it begins anew. */
const mostRemembered = 4096;

/** Four words at `from`, to compare with. */
const words = (view: DataView, from: number): Uint32Array =>
  Uint32Array.of(
    view.getUint32(from),
    view.getUint32(from + 4),
    view.getUint32(from + 8),
    view.getUint32(from + 12),
  );

const sameWords = (view: DataView, from: number, known: Uint32Array): boolean =>
  view.getUint32(from) === known[0] &&
  view.getUint32(from + 4) === known[1] &&
  view.getUint32(from + 8) === known[2] &&
  view.getUint32(from + 12) === known[3];

/** The records of a batch, in the three ways they are read. */
export interface Records {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  /** The same memory; compares ranges without making objects. */
  readonly buffer: Buffer;
}

const sameRange = ({ buffer }: Records, from: number, to: number, known: Uint8Array): boolean =>
  to - from === known.length && buffer.compare(known, 0, known.length, from, to) === 0;

/**
 * Texts and large numbers of earlier records. A thread that opens thousands of sockets a second tells
 * with each who it is, in the same bytes; these are compared, and decoded only when they differ.
 */
export class DecodedBefore {
  readonly #threads = new Map<number, Told>();
  readonly #ipv4 = new Map<number, string>();
  #ipv6: { readonly known: Uint32Array; readonly text: string } = { known: new Uint32Array(4), text: '::' };

  /** Of the record at `base`, by this thread. */
  process({ bytes, view }: Records, base: number, tid: number): Told {
    const known = this.#threads.get(tid);
    if (
      known !== undefined &&
      sameWords(view, base + at.startTime, known.when) &&
      sameWords(view, base + at.name, known.comm)
    ) {
      return known;
    }
    if (this.#threads.size >= mostRemembered) this.#threads.clear();
    const told: Told = {
      startTime: view.getBigUint64(base + at.startTime, true),
      cgroupId: view.getBigUint64(base + at.cgroupId, true),
      name: untilNul(bytes, base + at.name, nameLength),
      when: words(view, base + at.startTime),
      comm: words(view, base + at.name),
      identity: null,
    };
    this.#threads.set(tid, told);
    return told;
  }

  /** Of the identity record at `base`, by the thread of `told`. */
  identity(records: Records, base: number, flags: number, told: Told): KernelIdentity {
    const { bytes, view } = records;
    // From the file's inode to the end of the arguments it is one range.
    const args = base + at.executableInode;
    const argsEnd = base + at.args + Math.min(view.getUint16(base + at.argsSize, true), argsRoom);
    const path = base + at.path;
    const pathEnd = path + Math.min(view.getUint16(base + at.pathSize, true), pathRoom);
    const known = told.identity;
    if (
      known !== null &&
      known.flags === flags &&
      sameRange(records, args, argsEnd, known.args) &&
      sameRange(records, path, pathEnd, known.path)
    ) {
      return known.value;
    }
    const value = identity(view, bytes, base, flags);
    told.identity = { value, flags, args: bytes.slice(args, argsEnd), path: bytes.slice(path, pathEnd) };
    return value;
  }

  address({ bytes, view }: Records, base: number, family: AddressFamily): string {
    const from = base + at.address;
    if (family === 'ipv6') {
      if (!sameWords(view, from, this.#ipv6.known))
        this.#ipv6 = { known: words(view, from), text: addressText(family, bytes, from) };
      return this.#ipv6.text;
    }
    const number = view.getUint32(from);
    const known = this.#ipv4.get(number);
    if (known !== undefined) return known;
    if (this.#ipv4.size >= mostRemembered) this.#ipv4.clear();
    const told = addressText(family, bytes, from);
    this.#ipv4.set(number, told);
    return told;
  }
}
