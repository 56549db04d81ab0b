import type { ByteSource } from './byte-source.js';
import type { ElfFormat } from './elf-fields.js';
import { ElfFields } from './elf-fields.js';
import { Unreadable } from './unreadable.js';

export interface ElfSection {
  readonly name: string;
  readonly offset: number;
  /** 0 for a section without bytes in the file. */
  readonly size: number;
}

interface Segment {
  readonly type: number;
  readonly writable: boolean;
  readonly offset: number;
  readonly address: number;
  readonly size: number;
}

interface Dynamic {
  readonly needed: readonly string[];
  /** Addresses of tables; 0: there is none. */
  readonly strings: number;
  readonly stringsSize: number;
  readonly symbols: number;
  readonly hash: number;
  readonly gnuHash: number;
}

const ET_EXEC = 2;
const ET_DYN = 3;
const PT_LOAD = 1;
const PT_DYNAMIC = 2;
const PF_W = 2;
const SHT_NOBITS = 8;
const DT_NEEDED = 1;
const DT_HASH = 4;
const DT_STRTAB = 5;
const DT_SYMTAB = 6;
const DT_STRSZ = 10;
const DT_GNU_HASH = 0x6fff_fef5;

/** Far more than any linker makes. */
const MOST_SECTIONS = 4096;
const MOST_SEGMENTS = 512;
const MOST_DYNAMIC = 64 * 1024;
const MOST_NEEDED = 512;
const MOST_CHAIN = 4096;
const MOST_NAME = 256;
const MOST_STRINGS = 512 * 1024;

const sysvHash = (name: string): number => {
  let hash = 0;
  for (const character of name) {
    hash = (hash << 4) + character.charCodeAt(0);
    const high = hash & 0xf000_0000;
    hash = (hash ^ (high >>> 24)) & ~high;
  }
  return hash >>> 0;
};

const gnuHashOf = (name: string): number => {
  let hash = 5381;
  for (const character of name) hash = (Math.imul(hash, 33) + character.charCodeAt(0)) >>> 0;
  return hash;
};

const textAt = (bytes: Uint8Array, at: number): string => {
  const end = bytes.indexOf(0, at);
  return Buffer.from(bytes.subarray(at, end < 0 ? undefined : end)).toString('latin1');
};

/**
 * What an executable's ELF file says of itself. Only what is asked for is read, and nothing in the
 * file is trusted: whatever does not add up rejects with {@link Unreadable}.
 */
export class Elf {
  readonly format: ElfFormat;
  readonly sections: readonly ElfSection[];
  readonly #bytes: ByteSource;
  readonly #segments: readonly Segment[];
  #dynamic: Promise<Dynamic> | null = null;

  private constructor(
    bytes: ByteSource,
    format: ElfFormat,
    segments: readonly Segment[],
    sections: readonly ElfSection[],
  ) {
    this.#bytes = bytes;
    this.format = format;
    this.#segments = segments;
    this.sections = sections;
  }

  static async open(bytes: ByteSource): Promise<Elf> {
    if (bytes.size < 4) throw new Unreadable('not an ELF file');
    const ident = await bytes.read(0, Math.min(bytes.size, 16), 'ELF header');
    if (ident[0] !== 0x7f || textAt(ident.subarray(1, 4), 0) !== 'ELF')
      throw new Unreadable('not an ELF file');
    const [fileClass = 0, encoding = 0] = ident.subarray(4);
    if ((fileClass !== 1 && fileClass !== 2) || (encoding !== 1 && encoding !== 2)) {
      throw new Unreadable('an ELF file of an unknown class or byte order');
    }
    const format = { is64: fileClass === 2, littleEndian: encoding === 1 };
    const size = format.is64 ? 64 : 52;
    const header = new ElfFields(await bytes.read(0, size, 'ELF header'), format, 'ELF header');
    const type = header.u16(16);
    if (type !== ET_EXEC && type !== ET_DYN) throw new Unreadable('an ELF file that is no executable');

    const sections = await readSections(bytes, format, header);
    const segments = await readSegments(bytes, format, header, sections.segmentCount);
    return new Elf(bytes, format, segments, sections.list);
  }

  has(section: string): boolean {
    return this.sections.some(({ name }) => name === section);
  }

  /** The first bytes of a section, `most` at most; null where there is no such section. */
  async section(name: string, most: number): Promise<Uint8Array | null> {
    const found = this.sections.find((section) => section.name === name);
    if (found === undefined) return null;
    return this.#bytes.read(found.offset, Math.min(found.size, most), `section ${name}`);
  }

  /** The first bytes of the writable data as it is loaded, `most` at most; null where there are none. */
  async writableData(most: number): Promise<Uint8Array | null> {
    const segment = this.#segments.find(({ type, writable }) => type === PT_LOAD && writable);
    if (segment === undefined) return null;
    return this.#bytes.read(segment.offset, Math.min(segment.size, most), 'data segment');
  }

  /** The last bytes of the file, `most` at most. */
  tail(most: number): Promise<Uint8Array> {
    const length = Math.min(most, this.#bytes.size);
    return this.#bytes.read(this.#bytes.size - length, length, 'end of the file');
  }

  /** Bytes at the address where they would be loaded. */
  async at(address: number, length: number, what: string): Promise<Uint8Array> {
    for (const segment of this.#segments) {
      if (segment.type !== PT_LOAD) continue;
      const into = address - segment.address;
      if (into < 0 || into + length > segment.size) continue;
      return this.#bytes.read(segment.offset + into, length, what);
    }
    throw new Unreadable(`${what} is corrupt`);
  }

  /** Names of the shared libraries that the loader brings in. */
  async needed(): Promise<readonly string[]> {
    return (await this.#loadDynamic()).needed;
  }

  /** Whether the executable defines this symbol for others; told by its hash table, in a few small reads. */
  async exports(name: string): Promise<boolean> {
    const dynamic = await this.#loadDynamic();
    if (dynamic.symbols === 0 || dynamic.strings === 0) return false;
    if (dynamic.gnuHash !== 0) return this.#inGnuHash(dynamic, name);
    if (dynamic.hash !== 0) return this.#inSysvHash(dynamic, name);
    return false;
  }

  /** Whether its dynamic symbols have this name, defined or used; false also where there are too many names to read. */
  async mentions(name: string): Promise<boolean> {
    const { strings, stringsSize } = await this.#loadDynamic();
    if (strings === 0 || stringsSize > MOST_STRINGS) return false;
    const names = await this.at(strings, stringsSize, 'dynamic string table');
    return Buffer.from(names).includes(`\0${name}\0`);
  }

  #loadDynamic(): Promise<Dynamic> {
    this.#dynamic ??= this.#readDynamic();
    return this.#dynamic;
  }

  async #readDynamic(): Promise<Dynamic> {
    const segment = this.#segments.find(({ type }) => type === PT_DYNAMIC);
    const tables = { strings: 0, stringsSize: 0, symbols: 0, hash: 0, gnuHash: 0 };
    if (segment === undefined) return { ...tables, needed: [] };
    const word = this.format.is64 ? 8 : 4;
    const length = Math.min(segment.size, MOST_DYNAMIC);
    const what = 'dynamic section';
    const fields = new ElfFields(await this.#bytes.read(segment.offset, length, what), this.format, what);
    const names: number[] = [];
    for (let at = 0; at + 2 * word <= length; at += 2 * word) {
      const tag = fields.word(at);
      if (tag === 0) break;
      const value = fields.word(at + word);
      if (tag === DT_NEEDED && names.length < MOST_NEEDED) names.push(value);
      else if (tag === DT_STRTAB) tables.strings = value;
      else if (tag === DT_STRSZ) tables.stringsSize = value;
      else if (tag === DT_SYMTAB) tables.symbols = value;
      else if (tag === DT_HASH) tables.hash = value;
      else if (tag === DT_GNU_HASH) tables.gnuHash = value;
    }
    const needed: string[] = [];
    for (const name of names) needed.push(await this.#string(tables.strings + name));
    return { ...tables, needed };
  }

  /** A text of the dynamic string table. Names that matter here are far shorter than what is read. */
  async #string(address: number): Promise<string> {
    const segment = this.#segments.find(
      (one) => one.type === PT_LOAD && address >= one.address && address < one.address + one.size,
    );
    if (segment === undefined) throw new Unreadable('dynamic string table is corrupt');
    const length = Math.min(MOST_NAME, segment.address + segment.size - address);
    return textAt(await this.at(address, length, 'dynamic string table'), 0);
  }

  async #fieldsAt(address: number, length: number): Promise<ElfFields> {
    const what = 'symbol table';
    return new ElfFields(await this.at(address, length, what), this.format, what);
  }

  async #isDefined(dynamic: Dynamic, index: number, name: string): Promise<boolean> {
    const size = this.format.is64 ? 24 : 16;
    const symbol = await this.#fieldsAt(dynamic.symbols + index * size, size);
    if (symbol.u16(this.format.is64 ? 6 : 14) === 0) return false;
    return (await this.#string(dynamic.strings + symbol.u32(0))) === name;
  }

  async #inGnuHash(dynamic: Dynamic, name: string): Promise<boolean> {
    const word = this.format.is64 ? 8 : 4;
    const bits = word * 8;
    const header = await this.#fieldsAt(dynamic.gnuHash, 16);
    const [buckets, firstSymbol, filters, shift] = [
      header.u32(0),
      header.u32(4),
      header.u32(8),
      header.u32(12),
    ];
    if (buckets === 0 || filters === 0) return false;
    const hash = gnuHashOf(name);
    const filterAt = dynamic.gnuHash + 16;
    const filter = await this.#fieldsAt(filterAt + (Math.floor(hash / bits) % filters) * word, word);
    if (!filter.bit(0, hash % bits) || !filter.bit(0, (hash >>> (shift & 31)) % bits)) return false;
    const bucketAt = filterAt + filters * word;
    let index = (await this.#fieldsAt(bucketAt + (hash % buckets) * 4, 4)).u32(0);
    if (index < firstSymbol) return false;
    const chainAt = bucketAt + buckets * 4;
    for (let step = 0; step < MOST_CHAIN; step += 1, index += 1) {
      const link = (await this.#fieldsAt(chainAt + (index - firstSymbol) * 4, 4)).u32(0);
      if (link >>> 1 === hash >>> 1 && (await this.#isDefined(dynamic, index, name))) return true;
      if ((link & 1) === 1) return false;
    }
    return false;
  }

  async #inSysvHash(dynamic: Dynamic, name: string): Promise<boolean> {
    const header = await this.#fieldsAt(dynamic.hash, 8);
    const buckets = header.u32(0);
    if (buckets === 0) return false;
    const bucketAt = dynamic.hash + 8;
    let index = (await this.#fieldsAt(bucketAt + (sysvHash(name) % buckets) * 4, 4)).u32(0);
    for (let step = 0; step < MOST_CHAIN && index !== 0; step += 1) {
      if (await this.#isDefined(dynamic, index, name)) return true;
      index = (await this.#fieldsAt(bucketAt + (buckets + index) * 4, 4)).u32(0);
    }
    return false;
  }
}

const readSegments = async (
  bytes: ByteSource,
  format: ElfFormat,
  header: ElfFields,
  extendedCount: number,
): Promise<Segment[]> => {
  const { is64 } = format;
  const offset = header.word(is64 ? 32 : 28);
  const entry = header.u16(is64 ? 54 : 42);
  const told = header.u16(is64 ? 56 : 44);
  const count = told === 0xffff ? extendedCount : told;
  if (offset === 0 || count === 0) return [];
  if (entry < (is64 ? 56 : 32) || count > MOST_SEGMENTS) throw new Unreadable('program headers are corrupt');
  const what = 'program headers';
  const table = new ElfFields(await bytes.read(offset, entry * count, what), format, what);
  return Array.from({ length: count }, (_, index) => {
    const at = index * entry;
    return {
      type: table.u32(at),
      writable: (table.u32(at + (is64 ? 4 : 24)) & PF_W) !== 0,
      offset: table.word(at + (is64 ? 8 : 4)),
      address: table.word(at + (is64 ? 16 : 8)),
      size: table.word(at + (is64 ? 32 : 16)),
    };
  });
};

/** `segmentCount`: how many program headers there are, where their number does not fit the ELF header. */
const readSections = async (
  bytes: ByteSource,
  format: ElfFormat,
  header: ElfFields,
): Promise<{ list: ElfSection[]; segmentCount: number }> => {
  const { is64 } = format;
  const offset = header.word(is64 ? 40 : 32);
  // A file without section headers is whole: tools that strip hard leave none.
  if (offset === 0) return { list: [], segmentCount: 0 };
  const entry = header.u16(is64 ? 58 : 46);
  const what = 'section header';
  if (entry < (is64 ? 64 : 40)) throw new Unreadable(`${what} is corrupt`);
  const first = new ElfFields(await bytes.read(offset, entry, what), format, what);
  const sizeAt = is64 ? 32 : 20;
  const count = header.u16(is64 ? 60 : 48) || first.word(sizeAt);
  if (count > MOST_SECTIONS) throw new Unreadable(`more than ${String(MOST_SECTIONS)} section headers`);
  const table = new ElfFields(await bytes.read(offset, entry * count, what), format, what);
  const named = header.u16(is64 ? 62 : 50);
  const namesIndex = named === 0xffff ? first.u32(is64 ? 40 : 24) : named;
  if (namesIndex >= count) throw new Unreadable(`${what} is corrupt`);
  const place = (index: number): { offset: number; size: number } => ({
    offset: table.word(index * entry + (is64 ? 24 : 16)),
    size: table.u32(index * entry + 4) === SHT_NOBITS ? 0 : table.word(index * entry + sizeAt),
  });
  const names = place(namesIndex);
  const text = await bytes.read(names.offset, Math.min(names.size, 64 * 1024), 'section names');
  return {
    list: Array.from({ length: count }, (_, index) => ({
      name: textAt(text, Math.min(table.u32(index * entry), text.length)),
      ...place(index),
    })),
    segmentCount: first.u32(is64 ? 44 : 28),
  };
};
