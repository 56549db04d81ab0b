import { Unreadable } from './unreadable.js';

/** How an ELF file writes its numbers. */
export interface ElfFormat {
  readonly is64: boolean;
  readonly littleEndian: boolean;
}

/** Numbers in a piece of an ELF file. A place beyond the piece is {@link Unreadable}. */
export class ElfFields {
  readonly length: number;
  readonly #view: DataView;
  readonly #format: ElfFormat;
  readonly #what: string;

  constructor(bytes: Uint8Array, format: ElfFormat, what: string) {
    this.length = bytes.length;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#format = format;
    this.#what = what;
  }

  u16(at: number): number {
    this.#check(at, 2);
    return this.#view.getUint16(at, this.#format.littleEndian);
  }

  u32(at: number): number {
    this.#check(at, 4);
    return this.#view.getUint32(at, this.#format.littleEndian);
  }

  /** A word of the file's class, exact as a number: anything larger can be no place in a file. */
  word(at: number): number {
    if (!this.#format.is64) return this.u32(at);
    this.#check(at, 8);
    const value = this.#view.getBigUint64(at, this.#format.littleEndian);
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw new Unreadable(`${this.#what} is corrupt`);
    return Number(value);
  }

  /** Whether a bit of a word of the file's class is set. */
  bit(at: number, bit: number): boolean {
    const { is64, littleEndian } = this.#format;
    if (!is64) return ((this.u32(at) >>> bit) & 1) === 1;
    const inHigh = bit >= 32;
    const half = this.u32(at + (inHigh === littleEndian ? 4 : 0));
    return ((half >>> (bit & 31)) & 1) === 1;
  }

  #check(at: number, length: number): void {
    if (at < 0 || at + length > this.length) throw new Unreadable(`truncated ${this.#what}`);
  }
}
