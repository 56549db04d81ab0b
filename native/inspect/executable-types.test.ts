import { execFileSync, spawn } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { BootNs, FileId, InspectedProcess, Pid } from '../../contract/index.js';
import { createProcessInspector } from './process-inspector.js';
import { inlineBuildInfo, writeElf } from './testing/elf-writer.js';
import { FakeProc } from './testing/fake-proc.js';

const START = 50_000_000_000n as BootNs;
/** No PID is as large. */
const NOBODY = 4_194_304 as Pid;

let folder = '';
let proc: FakeProc;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bindscope-files-'));
  proc = new FakeProc();
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
  proc.close();
});

const idOf = (path: string): FileId => {
  const { dev, ino } = statSync(path, { bigint: true });
  return { device: Number(dev), inode: ino };
};

const subject = (path: string | null, change: Partial<InspectedProcess> = {}): InspectedProcess => ({
  pid: NOBODY,
  startTime: START,
  executable: path,
  executableFile: path !== null && existsSync(path) ? idOf(path) : null,
  cgroupId: 0n,
  ...change,
});

const file = (name: string, content: Uint8Array | string): string => {
  const path = join(folder, name);
  writeFileSync(path, content, { mode: 0o755 });
  return path;
};

const goFile = (name: string, version = 'go1.22.3'): string =>
  file(name, writeElf({ sections: { '.go.buildinfo': inlineBuildInfo(version) } }));

const inspector = (options = {}) => createProcessInspector({ proc: proc.root, ...options });

describe('where the file is read', () => {
  it('by /proc, so that a deleted executable is told as well', async () => {
    const path = goFile('app');
    const executableFile = idOf(path);
    // The link of a real /proc leads to the file even when its path is gone; here to another name of it.
    const kept = join(folder, 'kept');
    execFileSync('ln', [path, kept]);
    unlinkSync(path);
    proc.add(7, { startTime: START, exe: kept });
    const told = await inspector().executableType(subject(path, { pid: 7 as Pid, executableFile }));
    expect(told).toMatchObject({ language: 'go', version: '1.22.3' });
  });

  it('by its path where /proc has it no more, if that is the same file', async () => {
    const path = goFile('app');
    expect(await inspector().executableType(subject(path))).toMatchObject({ language: 'go' });
  });

  it('never by a path that leads to another file', async () => {
    const path = goFile('app');
    const told = await inspector().executableType(
      subject(path, { executableFile: { ...idOf(path), inode: idOf(path).inode + 1n } }),
    );
    expect(told).toMatchObject({ language: 'unknown', version: null });
    expect(told.reason).toContain('another file');
  });

  it('never by a path alone', async () => {
    const told = await inspector().executableType(subject(goFile('app'), { executableFile: null }));
    expect(told).toMatchObject({ language: 'unknown', reason: 'vanished before it could be read' });
  });

  it('not by /proc when the PID is of another process now', async () => {
    const path = goFile('app');
    const executableFile = idOf(path);
    proc.add(7, { startTime: START + 10_000_000n, exe: path });
    const told = await inspector().executableType(subject('/gone', { pid: 7 as Pid, executableFile }));
    expect(told).toMatchObject({ language: 'unknown', reason: 'vanished before it could be read' });
  });

  it('not by /proc when the process runs another program now', async () => {
    proc.add(7, { startTime: START, exe: goFile('later') });
    const path = file('first', writeElf());
    expect(await inspector().executableType(subject(path, { pid: 7 as Pid }))).toMatchObject({
      language: 'cpp',
    });
  });

  it('an executable that the kernel side could not name is said to need full visibility', async () => {
    const told = await inspector().executableType(subject(null));
    expect(told).toMatchObject({ language: 'unknown' });
    expect(told.reason).toContain('full visibility');
  });
});

describe('once per file', () => {
  it('is known without reading after it was read, for every path and process', async () => {
    const path = goFile('app');
    const id = idOf(path);
    const one = inspector();
    expect(one.knownExecutableType(id)).toBeUndefined();
    await one.executableType(subject(path));
    expect(one.knownExecutableType(id)).toMatchObject({ language: 'go' });
    unlinkSync(path);
    expect(await one.executableType(subject('/elsewhere', { executableFile: id }))).toMatchObject({
      language: 'go',
    });
  });

  it('processes that come together share one reading', async () => {
    const path = goFile('app');
    const one = inspector();
    const all = await Promise.all(Array.from({ length: 50 }, () => one.executableType(subject(path))));
    expect(new Set(all).size).toBe(1);
  });

  it('a file that could not be read for one process is tried for the next', async () => {
    const path = goFile('app');
    const executableFile = idOf(path);
    const one = inspector();
    const hidden = one.executableType(subject('/gone', { executableFile }));
    const open = one.executableType(subject(path));
    expect(await hidden).toMatchObject({ language: 'unknown' });
    expect(await open).toMatchObject({ language: 'go' });
    expect(one.knownExecutableType(executableFile)).toMatchObject({ language: 'go' });
  });

  it('what is unknown for good is remembered, what was only in the way is not', async () => {
    const script = file('script', '#!/bin/sh\n');
    const one = inspector();
    await one.executableType(subject(script));
    expect(one.knownExecutableType(idOf(script))).toMatchObject({
      language: 'unknown',
      reason: 'not an ELF file',
    });
    const other = goFile('other');
    await one.executableType(subject('/gone', { executableFile: idOf(other) }));
    expect(one.knownExecutableType(idOf(other))).toBeUndefined();
  });

  it('remembers the files that are asked for again', async () => {
    const paths = ['a', 'b', 'c'].map((name) => goFile(name));
    const one = inspector({ remembered: 2 });
    for (const path of paths.slice(0, 2)) await one.executableType(subject(path));
    one.knownExecutableType(idOf(paths[0] ?? ''));
    await one.executableType(subject(paths[2] ?? ''));
    expect(paths.map((path) => one.knownExecutableType(idOf(path)) !== undefined)).toEqual([
      true,
      false,
      true,
    ]);
  });

  it('forgets the files not asked for the longest', async () => {
    const paths = ['a', 'b', 'c'].map((name) => goFile(name));
    const one = inspector({ remembered: 2 });
    for (const path of paths) await one.executableType(subject(path));
    expect(paths.map((path) => one.knownExecutableType(idOf(path)) !== undefined)).toEqual([
      false,
      true,
      true,
    ]);
  });
});

describe('what cannot be read is unknown, with the reason', () => {
  it.each([
    ['an empty file', () => file('a', ''), 'not an ELF file'],
    ['a text', () => file('a', 'hello\n'), 'not an ELF file'],
    [
      'a folder',
      () => {
        mkdirSync(join(folder, 'd'));
        return join(folder, 'd');
      },
      'not a regular file',
    ],
    [
      'a FIFO',
      () => {
        execFileSync('mkfifo', [join(folder, 'f')]);
        return join(folder, 'f');
      },
      'not a regular file',
    ],
    ['a device', () => '/dev/zero', 'not a regular file'],
    [
      'an ELF header and nothing more',
      () => file('a', writeElf().subarray(0, 64)),
      'truncated section header',
    ],
  ])('%s', async (_what, make, reason) => {
    expect(await inspector().executableType(subject(make()))).toEqual({
      language: 'unknown',
      version: null,
      reason,
    });
  });

  it('a loop of links', async () => {
    symlinkSync(join(folder, 'b'), join(folder, 'a'));
    symlinkSync(join(folder, 'a'), join(folder, 'b'));
    const told = await inspector().executableType(
      subject(join(folder, 'a'), { executableFile: { device: 1, inode: 1n } }),
    );
    expect(told).toMatchObject({ language: 'unknown', reason: 'its path is a loop of links' });
  });

  it.skipIf(process.getuid?.() === 0)('a file that this user may not read', async () => {
    const path = goFile('app');
    chmodSync(path, 0o100);
    const told = await inspector().executableType(subject(path));
    expect(told).toMatchObject({ language: 'unknown', reason: 'may not be read by this user' });
  });

  it('a huge sparse file, at once', async () => {
    const path = file('sparse', writeElf());
    truncateSync(path, 8 * 1024 ** 4);
    expect(await inspector().executableType(subject(path))).toMatchObject({
      language: 'unknown',
      reason: 'larger than 4 GB',
    });
  });

  it('a sparse file of which the headers lead far away is read in bounded pieces', async () => {
    const elf = writeElf({ sections: { '.rodata': Buffer.alloc(16) } });
    // The names of the sections at the end of three gigabytes of nothing.
    const path = file('sparse', elf);
    truncateSync(path, 3 * 1024 ** 3);
    const began = performance.now();
    expect(await inspector().executableType(subject(path))).toMatchObject({ language: 'cpp' });
    expect(performance.now() - began).toBeLessThan(2000);
  });
});

describe('real executables of this machine', () => {
  const told = async (path: string) =>
    createProcessInspector().executableType(subject(path, { executableFile: idOf(path) }));
  const compile = (compiler: string, source: string, text: string, ...options: string[]): string => {
    const input = file(source, text);
    const output = join(folder, 'program');
    execFileSync(compiler, [...options, '-o', output, input], { cwd: folder, stdio: 'ignore' });
    return output;
  };
  const runs = (command: string): boolean => {
    try {
      execFileSync(command, ['--version'], { stdio: 'ignore' });
      return true;
    } catch {
      return false;
    }
  };

  it('this Node.js, by its process', async () => {
    const stat = readFileSync('/proc/self/stat', 'latin1');
    const ticks = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '0';
    const type = await createProcessInspector().executableType({
      pid: process.pid as Pid,
      startTime: (BigInt(ticks) * 10_000_000n) as BootNs,
      executable: null,
      executableFile: idOf('/proc/self/exe'),
      cgroupId: 0n,
    });
    expect(type).toMatchObject({ language: 'nodejs' });
  });

  it('a process of which the executable was deleted', async () => {
    const path = join(folder, 'sleeper');
    copyFileSync('/bin/sleep', path);
    const executableFile = idOf(path);
    const child = spawn(path, ['30'], { stdio: 'ignore' });
    try {
      await new Promise((resolve) => child.once('spawn', resolve));
      unlinkSync(path);
      const stat = readFileSync(`/proc/${String(child.pid)}/stat`, 'latin1');
      const ticks = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '0';
      const type = await createProcessInspector().executableType({
        pid: (child.pid ?? 0) as Pid,
        startTime: (BigInt(ticks) * 10_000_000n + 1234n) as BootNs,
        executable: path,
        executableFile,
        cgroupId: 0n,
      });
      expect(type.language).toBe('cpp');
    } finally {
      child.kill('SIGKILL');
    }
  });

  it.runIf(runs('cc'))('a C program, and the same stripped', async () => {
    const path = compile('cc', 'a.c', 'int main(void) { return 0; }');
    expect((await told(path)).language).toBe('cpp');
    execFileSync('cc', ['-s', '-static', '-o', join(folder, 'stripped'), join(folder, 'a.c')]);
    expect((await told(join(folder, 'stripped'))).language).toBe('cpp');
  });

  it.runIf(runs('c++'))('a C++ program', async () => {
    const path = compile('c++', 'a.cc', '#include <iostream>\nint main() { std::cout << 1; }');
    expect((await told(path)).language).toBe('cpp');
  });

  it.runIf(runs('rustc'))('a Rust program, and the same without the compiler’s note', async () => {
    const path = compile('rustc', 'a.rs', 'fn main() { println!("{}", std::env::args().count()); }');
    const type = await told(path);
    expect(type.language).toBe('rust');
    expect(type.version).toMatch(/^\d+\.\d+/);
    if (!runs('strip')) return;
    const bare = join(folder, 'bare');
    execFileSync('strip', ['-R', '.comment', '-R', '.debug_gdb_scripts', '-o', bare, path]);
    expect(await told(bare)).toMatchObject({ language: 'rust', version: null });
  });

  it.runIf(runs('python3'))('Python', async () => {
    const path = execFileSync('python3', ['-c', 'import os; print(os.path.realpath("/proc/self/exe"))'], {
      encoding: 'utf8',
    }).trim();
    expect((await told(path)).language).toBe('python');
  });

  it.runIf(runs('java'))('Java', async () => {
    const path = execFileSync(
      'readlink',
      ['-f', execFileSync('which', ['java'], { encoding: 'utf8' }).trim()],
      {
        encoding: 'utf8',
      },
    ).trim();
    expect((await told(path)).language).toBe('java');
  });

  it.each(['/usr/bin/perl', '/bin/bash'].filter((path) => existsSync(path)))(
    '%s is a program in C: scripts that it runs are not looked at',
    async (path) => {
      expect((await told(path)).language).toBe('cpp');
    },
  );
});
