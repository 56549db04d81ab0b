import { describe, expect, it } from 'vitest';
import type { ByteSource } from './byte-source.js';
import { Elf } from './elf.js';
import { languageOf } from './language.js';
import type { ElfParts } from './testing/elf-writer.js';
import { inlineBuildInfo, pointedBuildInfo, writeElf } from './testing/elf-writer.js';
import { Unreadable } from './unreadable.js';

const memory = (bytes: Uint8Array): ByteSource => ({
  size: bytes.length,
  read: (offset, length, what) =>
    offset < 0 || offset + length > bytes.length
      ? Promise.reject(new Unreadable(`truncated ${what}`))
      : Promise.resolve(bytes.slice(offset, offset + length)),
});

const tell = async (parts: ElfParts, name = 'a') => languageOf(await Elf.open(memory(writeElf(parts))), name);

const text = (value: string): Buffer => Buffer.from(value, 'latin1');
const comment = (...tools: string[]): Buffer => text(tools.map((tool) => `${tool}\0`).join(''));
const dotnetSignature = Buffer.from(
  '8b1202b96a612038727b930214d7a03213f5b9e6efae3318ee3b2dce24b36aae',
  'hex',
);
const nodeApi = ['napi_create_function', 'uv_run'];

const shapes = [
  { is64: true, littleEndian: true },
  { is64: true, littleEndian: false },
  { is64: false, littleEndian: true },
  { is64: false, littleEndian: false },
];

describe('Go', () => {
  it.each(shapes)('is told with its version by inline build info (%o)', async (shape) => {
    const told = await tell({
      ...shape,
      sections: { '.go.buildinfo': inlineBuildInfo('go1.22.3', 'path\tx') },
    });
    expect(told).toEqual({ language: 'go', version: '1.22.3', reason: 'Go build info' });
  });

  it.each(shapes)('is told with its version by the pointers of the older build info (%o)', async (shape) => {
    const info = pointedBuildInfo('go1.17.13', shape.is64, shape.littleEndian);
    const told = await tell({ ...shape, sections: { '.go.buildinfo': info } });
    expect(told).toEqual({ language: 'go', version: '1.17.13', reason: 'Go build info' });
  });

  it('is found in the data of a file without section headers', async () => {
    const data = Buffer.concat([Buffer.alloc(64), inlineBuildInfo('go1.23.0')]);
    expect(await tell({ sectionHeaders: false, data })).toMatchObject({ language: 'go', version: '1.23.0' });
  });

  it('is found behind bytes that only look like its header', async () => {
    const decoy = Buffer.concat([Buffer.alloc(3), inlineBuildInfo('go1.1.1'), Buffer.alloc(64)]);
    const data = Buffer.concat([
      decoy.subarray(0, decoy.length - (decoy.length % 16)),
      inlineBuildInfo('go1.23.0'),
    ]);
    expect(await tell({ sections: { '.go.buildinfo': data } })).toMatchObject({ version: '1.23.0' });
  });

  it('keeps the words of a development version', async () => {
    const sections = { '.go.buildinfo': inlineBuildInfo('devel go1.24-4dd7a2') };
    expect(await tell({ sections })).toMatchObject({ language: 'go', version: 'devel go1.24-4dd7a2' });
  });

  it('has no version where its build info is cut, lies or points nowhere', async () => {
    const cut = inlineBuildInfo('go1.22.3').subarray(0, 36);
    expect(await tell({ sections: { '.go.buildinfo': cut } })).toMatchObject({
      language: 'go',
      version: null,
    });
    const lies = Buffer.concat([
      inlineBuildInfo('').subarray(0, 32),
      Buffer.from([0xff, 0xff, 0xff, 0xff, 0xff, 1]),
    ]);
    expect(await tell({ sections: { '.go.buildinfo': lies } })).toMatchObject({
      language: 'go',
      version: null,
    });
    const odd = Buffer.concat([
      pointedBuildInfo('go1.17')(0).subarray(0, 14),
      Buffer.from([3]),
      Buffer.alloc(17),
    ]);
    expect(await tell({ sections: { '.go.buildinfo': odd } })).toMatchObject({
      language: 'go',
      version: null,
    });
    const nowhere = pointedBuildInfo('go1.17')(0x7fff_0000);
    await expect(tell({ sections: { '.go.buildinfo': nowhere } })).rejects.toThrow(
      'Go build info is corrupt',
    );
  });

  it('is told by its tables where it was built without build info', async () => {
    expect(await tell({ sections: { '.gopclntab': text('x') } })).toEqual({
      language: 'go',
      version: null,
      reason: 'section .gopclntab, without build info',
    });
  });

  it('wins over the libraries that cgo brings in', async () => {
    const sections = { '.go.buildinfo': inlineBuildInfo('go1.22.3') };
    expect(await tell({ sections, needed: ['libpython3.11.so.1.0'], imports: ['Py_Main'] })).toMatchObject({
      language: 'go',
    });
  });
});

describe('runtimes are told by the libraries they need', () => {
  it.each([
    ['libpython3.11.so.1.0', 'python', '3.11'],
    ['libjli.so', 'java', null],
    ['libnode.so.108', 'nodejs', null],
    ['libruby-3.1.so.3.1', 'ruby', '3.1'],
    ['libruby.so.2.7', 'ruby', '2.7'],
    ['libphp8.so', 'php', null],
    ['libhostfxr.so', 'dotnet', null],
    ['libmonosgen-2.0.so.1', 'dotnet', null],
  ])('%s: %s', async (library, language, version) => {
    const imports = ['Py_BytesMain', 'ruby_run_node'];
    const told = await tell({ needed: ['libc.so.6', library], imports });
    expect(told).toEqual({ language, version, reason: `NEEDED ${library}` });
  });
});

it('a program that only embeds a language is not of that language', async () => {
  const told = await tell({ needed: ['libpython3.11.so.1.0', 'libruby.so.3.1'], imports: ['Py_Initialize'] });
  expect(told).toMatchObject({ language: 'cpp' });
});

describe.each(['gnu', 'sysv'] as const)('runtimes are told by what they export (%s hash)', (hash) => {
  it.each([
    [['Py_BytesMain'], 'python'],
    [['ruby_run_node'], 'ruby'],
    [['zend_parse_parameters'], 'php'],
    [[...nodeApi, 'node_module_register'], 'nodejs'],
    [[...nodeApi, 'node_module_register', '_ZN3JSC9CallFrame13describeFrameEv'], 'bun'],
  ])('%j: %s', async (exports, language) => {
    expect(await tell({ exports: ['main', ...exports], hash })).toMatchObject({ language });
  });
});

describe('Deno and Bun', () => {
  it('Deno exports what Node.js does for extensions, and is made with Rust', async () => {
    const sections = { '.comment': comment('rustc version 1.85.0 (4d91de4e4 2025-02-17)') };
    expect(await tell({ exports: nodeApi, sections })).toMatchObject({ language: 'deno' });
  });

  it('a name counts only together with what is exported', async () => {
    expect(await tell({ exports: nodeApi }, 'deno')).toMatchObject({ language: 'deno' });
    expect(await tell({ exports: nodeApi }, 'bun')).toMatchObject({ language: 'bun' });
    expect(await tell({}, 'deno')).toMatchObject({ language: 'cpp' });
    expect(await tell({}, 'node')).toMatchObject({ language: 'cpp' });
    expect(await tell({}, 'python3')).toMatchObject({ language: 'cpp' });
  });

  it('another runtime with the interface of Node.js is unknown, and said so', async () => {
    const told = await tell({ exports: nodeApi }, 'server');
    expect(told.language).toBe('unknown');
    expect(told.reason).toContain('napi_create_function');
  });

  it('programs compiled to one file are told by what was appended', async () => {
    expect(await tell({ trailer: text('{}\n---- Bun! ----\n\x40\0\0\0\0\0\0\0') })).toMatchObject({
      language: 'bun',
    });
    expect(await tell({ trailer: text('{}d3n0l4nd\0\0\0\0\0\0\0\x01') })).toMatchObject({ language: 'deno' });
    expect(await tell({ trailer: text(`MEI\x0c\x0b\x0a\x0b\x0e${'\0'.repeat(80)}`) })).toMatchObject({
      language: 'python',
    });
    expect(await tell({ sections: { '.note.sui': text('SUI') } })).toMatchObject({ language: 'deno' });
    expect(await tell({ sections: { '.bun': text('x') } })).toMatchObject({ language: 'bun' });
  });
});

describe('Rust', () => {
  it('is told with its version by the compiler in .comment', async () => {
    const sections = {
      '.comment': comment('GCC: (GNU) 12.2.0', 'rustc version 1.78.0 (9b00956e5 2024-04-29)'),
    };
    expect(await tell({ sections })).toEqual({
      language: 'rust',
      version: '1.78.0',
      reason: 'rustc in .comment',
    });
  });

  it.each([
    ['.debug_gdb_scripts', '\x01gdb_load_rust_pretty_printers.py\0', 'section .debug_gdb_scripts'],
    ['.strtab', '\0main\0rust_eh_personality\0', 'symbol rust_eh_personality'],
    [
      '.rodata',
      `\0/rustc/${'0a1b2'.repeat(8)}/library/core/src/option.rs\0`,
      'panic messages of the Rust library',
    ],
  ])('is told without .comment by %s', async (section, content, reason) => {
    expect(await tell({ sections: { [section]: text(content) } })).toEqual({
      language: 'rust',
      version: null,
      reason,
    });
  });

  it('Chromium is C++, although parts of it are Rust', async () => {
    const sections = {
      '.comment': comment('rustc version 1.83.0-dev (009e73 chromium)', 'clang version 20.0.0'),
    };
    expect(await tell({ sections })).toMatchObject({
      language: 'cpp',
      reason: 'compiled by clang version 20.0.0',
    });
  });
});

describe('.NET and Java', () => {
  it('an application host is told by the signature that every one has', async () => {
    const data = Buffer.concat([Buffer.alloc(100), dotnetSignature]);
    expect(await tell({ data })).toMatchObject({ language: 'dotnet' });
  });

  it('the dotnet command is told by the library that it looks for', async () => {
    expect(await tell({ sections: { '.rodata': text('x\0hostfxr_main_startupinfo\0') } })).toMatchObject({
      language: 'dotnet',
    });
  });

  it('native images keep their language', async () => {
    expect(await tell({ sections: { __managedcode: text('x') } })).toMatchObject({ language: 'dotnet' });
    expect(await tell({ sections: { '.svm_heap': text('x') } })).toMatchObject({ language: 'java' });
  });
});

describe('everything else', () => {
  it('is C or C++, by its compiler where that is named', async () => {
    const sections = { '.comment': comment('GCC: (Debian 12.2.0-14) 12.2.0') };
    expect(await tell({ sections, needed: ['libstdc++.so.6', 'libc.so.6'] })).toEqual({
      language: 'cpp',
      version: null,
      reason: 'compiled by GCC: (Debian 12.2.0-14) 12.2.0',
    });
    expect(await tell({ sectionHeaders: false })).toEqual({
      language: 'cpp',
      version: null,
      reason: 'machine code without a mark of another language',
    });
  });
});
