/** Bytes, or what makes them once it is known at which address they will lie. */
export type Content = Uint8Array | ((address: number) => Uint8Array);

export interface ElfParts {
  readonly is64?: boolean;
  readonly littleEndian?: boolean;
  /** `e_type`: 2 is an executable, 3 a position-independent one. */
  readonly type?: number;
  readonly sections?: Readonly<Record<string, Content>>;
  /** The writable segment. */
  readonly data?: Content;
  readonly needed?: readonly string[];
  /** Symbols that it defines for others. */
  readonly exports?: readonly string[];
  /** Symbols that it takes from its libraries; only a SysV hash table has them too. */
  readonly imports?: readonly string[];
  readonly hash?: 'gnu' | 'sysv';
  readonly sectionHeaders?: boolean;
  /** Appended behind everything. */
  readonly trailer?: Uint8Array;
}

/** Where the file would be loaded: an address is this plus the place in the file. */
export const BASE = 0x40_0000;

class Writer {
  readonly #chunks: Buffer[] = [];
  readonly #is64: boolean;
  readonly #littleEndian: boolean;
  length = 0;

  constructor(is64: boolean, littleEndian: boolean) {
    this.#is64 = is64;
    this.#littleEndian = littleEndian;
  }

  bytes(bytes: Uint8Array): this {
    this.#chunks.push(Buffer.from(bytes));
    this.length += bytes.length;
    return this;
  }

  align(to: number): this {
    return this.bytes(new Uint8Array((to - (this.length % to)) % to));
  }

  u16(value: number): this {
    const bytes = Buffer.alloc(2);
    if (this.#littleEndian) bytes.writeUInt16LE(value);
    else bytes.writeUInt16BE(value);
    return this.bytes(bytes);
  }

  u32(value: number): this {
    const bytes = Buffer.alloc(4);
    if (this.#littleEndian) bytes.writeUInt32LE(value >>> 0);
    else bytes.writeUInt32BE(value >>> 0);
    return this.bytes(bytes);
  }

  word(value: number | bigint): this {
    if (!this.#is64) return this.u32(Number(value));
    const bytes = Buffer.alloc(8);
    if (this.#littleEndian) bytes.writeBigUInt64LE(BigInt(value));
    else bytes.writeBigUInt64BE(BigInt(value));
    return this.bytes(bytes);
  }

  done(): Buffer {
    return Buffer.concat(this.#chunks);
  }
}

const hashes = {
  gnu: (name: string): number => {
    let hash = 5381n;
    for (const character of name) hash = (hash * 33n + BigInt(character.charCodeAt(0))) & 0xffff_ffffn;
    return Number(hash);
  },
  sysv: (name: string): number => {
    let hash = 0n;
    for (const character of name) {
      hash = ((hash << 4n) + BigInt(character.charCodeAt(0))) & 0xffff_ffffn;
      const high = hash & 0xf000_0000n;
      hash = (hash ^ (high >> 24n)) & ~high;
    }
    return Number(hash);
  },
};

/**
 * A small ELF executable with the sections, libraries and symbols that a test wants, in the layout
 * of the ABI: what lies at offset `n` of the file is loaded at `BASE + n`.
 */
export const writeElf = (parts: ElfParts = {}): Buffer => {
  const {
    is64 = true,
    littleEndian = true,
    type = 3,
    needed = [],
    exports = [],
    imports = [],
    hash = 'gnu',
  } = parts;
  const writer = (): Writer => new Writer(is64, littleEndian);
  const word = is64 ? 8 : 4;
  const headerSize = is64 ? 64 : 52;
  const segmentSize = is64 ? 56 : 32;
  const body = writer().bytes(new Uint8Array(headerSize + 3 * segmentSize));
  const placed: { name: string; offset: number; size: number }[] = [];
  const place = (name: string, content: Content): number => {
    body.align(16);
    const offset = body.length;
    const bytes = typeof content === 'function' ? content(BASE + offset) : content;
    body.bytes(bytes);
    placed.push({ name, offset, size: bytes.length });
    return offset;
  };

  const symbolNames = [...exports, ...imports];
  const names = ['', ...needed, ...symbolNames];
  const nameAt = names.map((_, index) =>
    names.slice(0, index).reduce((sum, { length }) => sum + length + 1, 0),
  );
  const strings = place('.dynstr', Buffer.from(names.map((name) => `${name}\0`).join(''), 'latin1'));
  const symbol = (name: number, section: number): Buffer =>
    is64
      ? writer().u32(name).u16(0x12).u16(section).word(0).word(0).done()
      : writer().u32(name).u32(0).u32(0).u16(0x12).u16(section).done();
  const symbols = place(
    '.dynsym',
    Buffer.concat([
      symbol(0, 0),
      ...symbolNames.map((_, index) =>
        symbol(nameAt[1 + needed.length + index] ?? 0, index < exports.length ? 1 : 0),
      ),
    ]),
  );
  const table = writer();
  if (hash === 'gnu') {
    const values = exports.map(hashes.gnu);
    const bits = BigInt(word * 8);
    const bloom = values.reduce(
      (filter, value) => filter | (1n << (BigInt(value) % bits)) | (1n << ((BigInt(value) >> 6n) % bits)),
      0n,
    );
    table
      .u32(1)
      .u32(1)
      .u32(1)
      .u32(6)
      .word(bloom)
      .u32(exports.length === 0 ? 0 : 1);
    values.forEach((value, index) => table.u32((value & ~1) | (index === values.length - 1 ? 1 : 0)));
  } else {
    // One bucket: a chain through all symbols.
    table
      .u32(1)
      .u32(symbolNames.length + 1)
      .u32(symbolNames.length === 0 ? 0 : 1)
      .u32(0);
    symbolNames.forEach((_, index) => table.u32(index === symbolNames.length - 1 ? 0 : index + 2));
  }
  const hashAt = place(hash === 'gnu' ? '.gnu.hash' : '.hash', table.done());
  const dynamic = writer();
  needed.forEach((_, index) => dynamic.word(1).word(nameAt[1 + index] ?? 0));
  const stringsSize = names.reduce((sum, { length }) => sum + length + 1, 0);
  dynamic
    .word(10)
    .word(stringsSize)
    .word(5)
    .word(BASE + strings)
    .word(6)
    .word(BASE + symbols);
  dynamic
    .word(hash === 'gnu' ? 0x6fff_fef5 : 4)
    .word(BASE + hashAt)
    .word(0)
    .word(0);
  const dynamicAt = place('.dynamic', dynamic.done());
  const dynamicSize = dynamic.length;
  const dataAt = parts.data === undefined ? 0 : place('.data', parts.data);
  const dataSize = parts.data === undefined ? 0 : body.length - dataAt;
  for (const [name, content] of Object.entries(parts.sections ?? {})) place(name, content);

  const sectionNames = ['', ...placed.map(({ name }) => name), '.shstrtab'];
  const sectionText = Buffer.from(sectionNames.map((name) => `${name}\0`).join(''), 'latin1');
  const withSections = parts.sectionHeaders !== false;
  const sectionNamesAt = body.align(16).length;
  if (withSections) body.bytes(sectionText).align(16);
  const sectionsAt = withSections ? body.length : 0;
  if (withSections) {
    const section = (name: string, kind: number, offset: number, size: number): void => {
      const text = sectionNames
        .slice(0, sectionNames.indexOf(name))
        .reduce((sum, { length }) => sum + length + 1, 0);
      body.u32(text).u32(kind).word(0).word(0).word(offset).word(size).u32(0).u32(0).word(0).word(0);
    };
    section('', 0, 0, 0);
    for (const { name, offset, size } of placed) section(name, 1, offset, size);
    section('.shstrtab', 3, sectionNamesAt, sectionText.length);
  }
  const file = Buffer.concat([body.done(), parts.trailer ?? new Uint8Array()]);

  const header = writer().bytes(
    Uint8Array.from([
      0x7f,
      0x45,
      0x4c,
      0x46,
      is64 ? 2 : 1,
      littleEndian ? 1 : 2,
      1,
      0,
      0,
      0,
      0,
      0,
      0,
      0,
      0,
      0,
    ]),
  );
  header.u16(type).u16(62).u32(1).word(BASE).word(headerSize).word(sectionsAt).u32(0);
  header
    .u16(headerSize)
    .u16(segmentSize)
    .u16(3)
    .u16(is64 ? 64 : 40);
  header.u16(withSections ? sectionNames.length : 0).u16(withSections ? sectionNames.length - 1 : 0);
  const segment = (kind: number, flags: number, offset: number, size: number): void => {
    if (is64) header.u32(kind).u32(flags);
    else header.u32(kind);
    header
      .word(offset)
      .word(BASE + offset)
      .word(BASE + offset)
      .word(size)
      .word(size);
    if (!is64) header.u32(flags);
    header.word(16);
  };
  segment(1, 5, 0, file.length);
  segment(parts.data === undefined ? 0 : 1, 6, dataAt, dataSize);
  segment(2, 6, dynamicAt, dynamicSize);
  header.done().copy(file);
  return file;
};

const buildInfoHeader = (pointerSize: number, flags: number): Buffer =>
  Buffer.concat([Buffer.from('\xff Go buildinf:', 'latin1'), Buffer.from([pointerSize, flags])]);

/** Go's build info since 1.18: the texts follow the header, each behind its length as a varint. */
export const inlineBuildInfo = (version: string, modules = ''): Buffer => {
  const text = (value: string): Buffer => {
    const length: number[] = [];
    let rest = value.length;
    for (; rest >= 0x80; rest >>>= 7) length.push((rest & 0x7f) | 0x80);
    return Buffer.concat([Buffer.from([...length, rest]), Buffer.from(value, 'latin1')]);
  };
  return Buffer.concat([buildInfoHeader(8, 2), Buffer.alloc(16), text(version), text(modules)]);
};

/** Go's build info before 1.18: pointers to strings, each a pointer to its bytes and their number. */
export const pointedBuildInfo =
  (version: string, is64 = true, littleEndian = true) =>
  (address: number): Buffer => {
    const words = (...values: number[]): Buffer =>
      values.reduce((writer, value) => writer.word(value), new Writer(is64, littleEndian)).done();
    const pointerSize = is64 ? 8 : 4;
    const string = address + 32;
    const header = Buffer.concat([
      buildInfoHeader(pointerSize, littleEndian ? 0 : 1),
      words(string, string),
      Buffer.alloc(is64 ? 0 : 8),
    ]);
    return Buffer.concat([
      header,
      words(string + 2 * pointerSize, version.length),
      Buffer.from(version, 'latin1'),
    ]);
  };
