import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ByteSource } from './byte-source.js';
import { Elf } from './elf.js';
import { languageOf } from './language.js';
import { inlineBuildInfo, pointedBuildInfo, writeElf } from './testing/elf-writer.js';
import { Unreadable } from './unreadable.js';

/** Counts what is read, so that a test can say that it is bounded. */
class Memory implements ByteSource {
  readonly size: number;
  read_ = 0;
  calls = 0;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.size = bytes.length;
  }

  read(offset: number, length: number, what: string): Promise<Uint8Array> {
    this.calls += 1;
    if (offset < 0 || offset + length > this.size) return Promise.reject(new Unreadable(`truncated ${what}`));
    this.read_ += length;
    return Promise.resolve(this.#bytes.slice(offset, offset + length));
  }
}

const why = async (bytes: Uint8Array): Promise<string> => {
  const failure: unknown = await Elf.open(new Memory(bytes)).then(
    () => null,
    (error: unknown) => error,
  );
  expect(failure).toBeInstanceOf(Unreadable);
  return failure instanceof Unreadable ? failure.message : '';
};

describe('what is no ELF executable is refused in words', () => {
  it.each([
    ['an empty file', Buffer.alloc(0), 'not an ELF file'],
    ['a script', Buffer.from('#!/bin/sh\necho\n'), 'not an ELF file'],
    [
      'a magic number and nothing more',
      Buffer.from('\x7fELF', 'latin1'),
      'an ELF file of an unknown class or byte order',
    ],
    ['a header that is cut', writeElf().subarray(0, 40), 'truncated ELF header'],
    ['an object file', writeElf({ type: 1 }), 'an ELF file that is no executable'],
    ['a core dump', writeElf({ type: 4 }), 'an ELF file that is no executable'],
  ])('%s', async (_what, bytes, message) => {
    expect(await why(bytes)).toBe(message);
  });

  it('section headers beyond the end of the file', async () => {
    const file = writeElf();
    expect(await why(file.subarray(0, file.length - 10))).toBe('truncated section header');
  });

  it('more section headers than any linker makes', async () => {
    const file = writeElf();
    file.writeUInt16LE(0xfff0, 60);
    expect(await why(file)).toBe('more than 4096 section headers');
  });

  it('an offset of 64 bits that no file has', async () => {
    const file = writeElf();
    file.writeBigUInt64LE(0xffff_ffff_ffff_ff00n, 40);
    expect(await why(file)).toBe('ELF header is corrupt');
  });
});

describe('the dynamic section', () => {
  it('names the libraries', async () => {
    const elf = await Elf.open(new Memory(writeElf({ needed: ['liba.so', 'libb.so.1'] })));
    expect(await elf.needed()).toEqual(['liba.so', 'libb.so.1']);
  });

  it.each(['gnu', 'sysv'] as const)(
    'finds each exported symbol and no other by the %s hash',
    async (hash) => {
      const exports = Array.from({ length: 50 }, (_, index) => `symbol_${String(index)}`);
      const elf = await Elf.open(new Memory(writeElf({ exports, hash })));
      for (const name of exports) expect(await elf.exports(name)).toBe(true);
      for (const name of ['symbol_50', 'symbol', '', 'symbol_1x'])
        expect(await elf.exports(name)).toBe(false);
    },
  );

  it('a symbol that it only uses is not one that it defines', async () => {
    const file = writeElf({ exports: ['mine'], imports: ['theirs'], hash: 'sysv' });
    const elf = await Elf.open(new Memory(file));
    expect(await elf.exports('mine')).toBe(true);
    expect(await elf.exports('theirs')).toBe(false);
    expect(await elf.mentions('theirs')).toBe(true);
    expect(await elf.mentions('their')).toBe(false);
  });

  it('without any symbols none is found', async () => {
    const elf = await Elf.open(new Memory(writeElf()));
    expect(await elf.exports('main')).toBe(false);
    expect(await elf.needed()).toEqual([]);
  });
});

describe('a file that lies', () => {
  const originals = [
    writeElf({ needed: ['libc.so.6'], exports: ['napi_create_function', 'main'], data: Buffer.alloc(64) }),
    writeElf({ is64: false, littleEndian: false, exports: ['main'], hash: 'sysv', needed: ['libm.so.6'] }),
    writeElf({ sections: { '.go.buildinfo': inlineBuildInfo('go1.22.3') } }),
    writeElf({ sections: { '.go.buildinfo': pointedBuildInfo('go1.17.1') } }),
    writeElf({ sectionHeaders: false, data: inlineBuildInfo('go1.22.3') }),
  ];

  it('is told or refused, never trusted: no other error, and a bounded number of reads', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...originals),
        fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 24 }),
        fc.option(fc.nat()),
        async (original, changes, cut) => {
          const bytes = Buffer.from(original);
          for (const [at, value] of changes) bytes[at % bytes.length] = value;
          const source = new Memory(cut === null ? bytes : bytes.subarray(0, cut % bytes.length));
          try {
            await languageOf(await Elf.open(source), 'a');
          } catch (error) {
            expect(error).toBeInstanceOf(Unreadable);
          }
          expect(source.calls).toBeLessThan(100_000);
        },
      ),
      { numRuns: 1500 },
    );
  });

  it('any bytes behind an ELF header end as well', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 48, maxLength: 4096 }), async (rest) => {
        const bytes = Buffer.concat([writeElf().subarray(0, 18), rest]);
        try {
          await languageOf(await Elf.open(new Memory(bytes)), 'a');
        } catch (error) {
          expect(error).toBeInstanceOf(Unreadable);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('chains of symbols that never end are given up', async () => {
    const file = writeElf({ exports: ['main', 'other'], hash: 'sysv' });
    const elf = await Elf.open(new Memory(file));
    const table = elf.sections.find(({ name }) => name === '.hash');
    // chain[1] leads to itself.
    file.writeUInt32LE(1, (table?.offset ?? 0) + 8 + 4 + 4);
    expect(await (await Elf.open(new Memory(file))).exports('absent')).toBe(false);
  });
});
