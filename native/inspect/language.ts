import type { ExecutableType, Language } from '../../contract/index.js';
import type { Elf } from './elf.js';
import { goVersion } from './go-build-info.js';

const type = (language: Language, reason: string, version: string | null = null): ExecutableType => ({
  language,
  version,
  reason,
});

/** How much is searched for texts that no header points to. */
const MOST_SEARCHED = 512 * 1024;
const MOST_COMMENT = 64 * 1024;
const MOST_TAIL = 4096;

/** Sections that only one compiler or packer makes. */
const bySection: readonly (readonly [string, Language, string])[] = [
  ['.svm_heap', 'java', 'GraalVM native image (section .svm_heap)'],
  ['__managedcode', 'dotnet', '.NET native AOT (section __managedcode)'],
  ['.bun', 'bun', 'Bun executable (section .bun)'],
  ['.note.sui', 'deno', 'Deno executable (section .note.sui)'],
  ['pydata', 'python', 'PyInstaller executable (section pydata)'],
];

/** Libraries that make a runtime of what links them; the group is the version, where the name tells one. */
const byLibrary: readonly (readonly [RegExp, Language])[] = [
  [/^libjli\.so/, 'java'],
  [/^libjvm\.so/, 'java'],
  [/^libnode\.so/, 'nodejs'],
  [/^libpython(\d+\.\d+)?/, 'python'],
  [/^libruby(?:-\d+\.\d+)?(?:\.so\.(\d+\.\d+))?/, 'ruby'],
  [/^libphp\d*(?:\.so|-)/, 'php'],
  [/^lib(?:coreclr|hostfxr|hostpolicy)\.so/, 'dotnet'],
  [/^libmono(?:sgen|boehm)?-\d/, 'dotnet'],
];

/** What an interpreter takes from its library, and a program that only embeds the language does not. */
const interpreterMain: Readonly<Partial<Record<Language, readonly string[]>>> = {
  python: ['Py_BytesMain', 'Py_Main', 'Py_RunMain'],
  ruby: ['ruby_run_node'],
};

/** Symbols by which a runtime that holds its own library lets extensions in. */
const byExport: readonly (readonly [string, Language])[] = [
  ['Py_BytesMain', 'python'],
  ['Py_Main', 'python'],
  ['ruby_run_node', 'ruby'],
  ['zend_parse_parameters', 'php'],
  ['mono_jit_init', 'dotnet'],
  ['JLI_Launch', 'java'],
];

/** Marks at the end of the file, left by tools that append a program to a runtime. */
const byTail: readonly (readonly [Buffer, Language, string])[] = [
  [Buffer.from('\n---- Bun! ----\n'), 'bun', 'Bun executable (trailer)'],
  [Buffer.from('d3n0l4nd'), 'deno', 'Deno executable (trailer)'],
  [Buffer.from('MEI\x0c\x0b\x0a\x0b\x0e', 'latin1'), 'python', 'PyInstaller executable (trailer)'],
];

/** In the data of every .NET apphost and single-file bundle. */
const dotnetBundle = Buffer.from('8b1202b96a612038727b930214d7a03213f5b9e6efae3318ee3b2dce24b36aae', 'hex');

const go = async (elf: Elf): Promise<ExecutableType | null> => {
  const version = await goVersion(elf);
  if (version !== undefined) return type('go', 'Go build info', version);
  const section = ['.gopclntab', '.data.rel.ro.gopclntab', '.note.go.buildid'].find((name) => elf.has(name));
  return section === undefined ? null : type('go', `section ${section}, without build info`);
};

/** Node.js and what took over its interface for extensions. */
const javascript = async (elf: Elf, name: string, isRust: boolean): Promise<ExecutableType | null> => {
  if (!(await elf.exports('napi_create_function'))) return null;
  if (await elf.exports('_ZN3JSC9CallFrame13describeFrameEv')) {
    return type('bun', 'exports napi_create_function and JavaScriptCore');
  }
  const named = /^(node|bun|deno)/.exec(name)?.[1];
  if (named === 'bun' || named === 'deno') return type(named, `named ${name}, exports napi_create_function`);
  if (await elf.exports('node_module_register')) {
    return type('nodejs', 'exports napi_create_function and node_module_register');
  }
  if (isRust) return type('deno', 'exports napi_create_function, made with Rust');
  return type('unknown', 'exports napi_create_function, but is no Node.js, Deno or Bun that is known here');
};

/** Every tool that took part, by the notes they leave. */
const compilers = async (elf: Elf): Promise<readonly string[]> => {
  const comment = await elf.section('.comment', MOST_COMMENT);
  if (comment === null) return [];
  return Buffer.from(comment)
    .toString('latin1')
    .split('\0')
    .map((line) => line.trim())
    .filter((line) => line !== '');
};

const contains = async (elf: Elf, section: string, mark: Buffer | string): Promise<boolean> => {
  const data = await elf.section(section, MOST_SEARCHED);
  return data !== null && Buffer.from(data.buffer, data.byteOffset, data.byteLength).includes(mark);
};

const dotnet = async (elf: Elf): Promise<ExecutableType | null> => {
  for (const section of ['.data', '.data.rel.ro', '.rodata']) {
    if (await contains(elf, section, dotnetBundle))
      return type('dotnet', `.NET application host (${section})`);
  }
  return (await contains(elf, '.rodata', 'hostfxr_main'))
    ? type('dotnet', '.NET host (looks for hostfxr)')
    : null;
};

const RUSTC = /^rustc version (\d+\.\d+\.\d+\S*)/;

const rust = async (elf: Elf, tools: readonly string[]): Promise<ExecutableType | null> => {
  const rustc = tools.find((tool) => RUSTC.test(tool) && !tool.includes('chromium'));
  if (rustc !== undefined) return type('rust', 'rustc in .comment', RUSTC.exec(rustc)?.[1] ?? null);
  // Chromium is C++ with parts in Rust, and so is what builds upon it.
  if (tools.some((tool) => RUSTC.test(tool))) return null;
  const scripts = await elf.section('.debug_gdb_scripts', 1024);
  if (scripts !== null && Buffer.from(scripts).includes('rust'))
    return type('rust', 'section .debug_gdb_scripts');
  const names = elf.sections.find(({ name }) => name === '.strtab');
  if (
    names !== undefined &&
    names.size <= MOST_SEARCHED &&
    (await contains(elf, '.strtab', 'rust_eh_personality'))
  ) {
    return type('rust', 'symbol rust_eh_personality');
  }
  const constants = await elf.section('.rodata', MOST_SEARCHED);
  if (constants !== null && /\/rustc\/[0-9a-f]{40}\//.test(Buffer.from(constants).toString('latin1'))) {
    return type('rust', 'panic messages of the Rust library');
  }
  return null;
};

const runs = async (elf: Elf, language: Language): Promise<boolean> => {
  const mains = interpreterMain[language];
  if (mains === undefined) return true;
  for (const main of mains) if (await elf.mentions(main)) return true;
  return false;
};

const languageByLibrary = async (elf: Elf): Promise<ExecutableType | null> => {
  for (const library of await elf.needed()) {
    for (const [pattern, language] of byLibrary) {
      const found = pattern.exec(library);
      if (found !== null && (await runs(elf, language)))
        return type(language, `NEEDED ${library}`, found[1] ?? null);
    }
  }
  return null;
};

const byMark = async (elf: Elf): Promise<ExecutableType | null> => {
  for (const [section, language, reason] of bySection) if (elf.has(section)) return type(language, reason);
  const tail = Buffer.from(await elf.tail(MOST_TAIL));
  for (const [mark, language, reason] of byTail) if (tail.includes(mark)) return type(language, reason);
  return null;
};

const byRuntime = async (elf: Elf): Promise<ExecutableType | null> => {
  for (const [symbol, language] of byExport) {
    if (await elf.exports(symbol)) return type(language, `exports ${symbol}`);
  }
  return null;
};

/**
 * The language of an executable, by what its tool chain left in the file. What is no other one is
 * `cpp`: machine code of C or C++ carries no mark of its own. `name` (of the file) decides nothing
 * alone. Rejects with `Unreadable` where the file does not add up.
 */
export const languageOf = async (elf: Elf, name: string): Promise<ExecutableType> => {
  const early = (await go(elf)) ?? (await byMark(elf)) ?? (await languageByLibrary(elf));
  if (early !== null) return early;
  const tools = await compilers(elf);
  const rustTold = await rust(elf, tools);
  const told =
    (await javascript(elf, name, rustTold !== null)) ??
    (await byRuntime(elf)) ??
    rustTold ??
    (await dotnet(elf));
  if (told !== null) return told;
  const compiler = tools.find((tool) => /^(GCC|clang|Ubuntu clang|Debian clang)/i.test(tool));
  return type(
    'cpp',
    compiler === undefined ? 'machine code without a mark of another language' : `compiled by ${compiler}`,
  );
};
