import type { Elf } from './elf.js';
import { ElfFields } from './elf-fields.js';

const MAGIC = Buffer.from('\xff Go buildinf:', 'latin1');
const ALIGN = 16;
const HEADER = 32;
/** Flags of the header: strings as pointers in big-endian order; strings that follow the header. */
const BIG_ENDIAN = 1;
const INLINE = 2;
/** The toolchain puts the header at the beginning of the data; without section headers it is searched for. */
const MOST_SEARCHED = 1024 * 1024;
const MOST_VERSION = 128;

const findHeader = (data: Uint8Array): number => {
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  let at = bytes.indexOf(MAGIC);
  while (at >= 0 && at % ALIGN !== 0) at = bytes.indexOf(MAGIC, at + 1);
  return at >= 0 && at + HEADER <= bytes.length ? at : -1;
};

/** Length and end of the length of a text that is told as a varint and its bytes; null where it is cut. */
const readVarint = (data: Uint8Array, at: number): { value: number; next: number } | null => {
  let value = 0;
  for (let index = 0; index < 4; index += 1) {
    const byte = data[at + index];
    if (byte === undefined) return null;
    value += (byte & 0x7f) * 2 ** (7 * index);
    if (byte < 0x80) return { value, next: at + index + 1 };
  }
  return null;
};

const pointedText = async (elf: Elf, data: Uint8Array, header: number): Promise<string | null> => {
  const pointerSize = data[header + 14];
  if (pointerSize !== 4 && pointerSize !== 8) return null;
  const format = { is64: pointerSize === 8, littleEndian: ((data[header + 15] ?? 0) & BIG_ENDIAN) === 0 };
  const what = 'Go build info';
  const pointer = new ElfFields(data.subarray(header + 16, header + HEADER), format, what).word(0);
  // A Go string: where its bytes are, and how many.
  const text = new ElfFields(await elf.at(pointer, 2 * pointerSize, what), format, what);
  const length = text.word(pointerSize);
  if (length > MOST_VERSION) return null;
  return Buffer.from(await elf.at(text.word(0), length, what)).toString('latin1');
};

/** `go1.22.3` → `1.22.3`; a development version as it is. */
const versionOf = (text: string): string | null => {
  // eslint-disable-next-line no-control-regex -- a text with control characters is no version
  if (text === '' || /[\0-\x1f\x7f-\xff]/.test(text)) return null;
  return /^go(\d\S*)/.exec(text)?.[1] ?? text;
};

/**
 * Version of the Go toolchain by the executable's build info, in both of its forms: with the texts
 * behind the header (since Go 1.18), or pointed to. `undefined` where there is no build info, null
 * where it names no version.
 */
export const goVersion = async (elf: Elf): Promise<string | null | undefined> => {
  const data =
    (await elf.section('.go.buildinfo', MOST_SEARCHED)) ??
    (elf.sections.length === 0 ? await elf.writableData(MOST_SEARCHED) : null);
  if (data === null) return undefined;
  const header = findHeader(data);
  if (header < 0) return undefined;
  if (((data[header + 15] ?? 0) & INLINE) === 0) {
    const text = await pointedText(elf, data, header);
    return text === null ? null : versionOf(text);
  }
  const length = readVarint(data, header + HEADER);
  if (length === null || length.value > MOST_VERSION) return null;
  const text = data.subarray(length.next, length.next + length.value);
  return text.length === length.value ? versionOf(Buffer.from(text).toString('latin1')) : null;
};
